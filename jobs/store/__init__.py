"""The store: the only place that speaks SQL; every move of a job is a named method with its fence."""
