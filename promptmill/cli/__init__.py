"""The `promptmill` command: each command a function that parses, makes one or two calls, and prints."""
