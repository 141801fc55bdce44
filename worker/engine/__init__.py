"""One asyncio engine per worker process: backlog, admission, execution, recording."""
