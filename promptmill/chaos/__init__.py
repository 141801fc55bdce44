"""Breaks a stack of its own on purpose, again and again, and counts what that cost."""
