"""Promptmill's own dialect: jobs of any format, their batches and results."""
