"""`promptmill schedule`: what is submitted again and again, and what became of it."""
