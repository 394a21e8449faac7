"""Pictures of what each stage made: products become marks (marks.py), one painter sets them on the page (paint.py)."""
