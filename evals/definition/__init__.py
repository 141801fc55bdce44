"""What an evaluation asks: its file read, typed and checked."""
