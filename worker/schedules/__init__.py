"""What becomes of the due times of schedules."""
