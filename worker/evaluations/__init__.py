"""Grades the runs of evaluations when their answers are there."""
