"""The corpus machine: random declarations, drawn and degraded, with their truth."""
