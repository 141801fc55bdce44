"""Schedules: what is submitted again and again, when it is due, and what becomes of what was missed."""
