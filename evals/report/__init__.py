"""What people take away from a run: one HTML file, tables for other programs, a line for the terminal."""
