"""What Claude speaks: pure translation, the wire, the errors and the client; knows no SQL and no Celery."""
