"""Evaluation runs as the record has them: between the pure wing `evals/` and the store in `jobs/`.

start.py stores a run together with its batch; reading.py takes stored runs apart again; verdict.py holds a
run against the one before. What grades them is a worker's business: worker/evaluations/.
"""
