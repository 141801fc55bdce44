"""The whole service on one machine: its parts as child processes, started, watched and stopped in order."""
