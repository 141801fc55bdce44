"""The record: the vocabulary of jobs, the store that keeps them, and the ways in (`submit`, `dispatch`)."""
