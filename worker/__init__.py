"""The entrance for Celery: the engine that runs jobs, and the actors that keep the record moving."""
