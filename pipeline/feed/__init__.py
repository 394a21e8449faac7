"""What leaves the job folder: exports to files and databases, and messages to a receiver."""
