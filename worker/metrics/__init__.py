"""What a worker process counts, and how Prometheus gets to see it."""
