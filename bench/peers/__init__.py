"""Other readers of tables, each in an environment of its own, on the pages that we read."""
