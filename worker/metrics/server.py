"""Serves a worker's metrics over HTTP, beside its work."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.registry import Collector

from jobs.errors import SettingError


@contextmanager
def serving(collector: Collector, *, host: str, port: int | None) -> Iterator[None]:
    """Serve what `collector` yields at `http://HOST:PORT/metrics`; a port of None serves nothing.

    Raises `SettingError` if the port is taken.
    """
    if port is None:
        yield
        return
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise SettingError(
            f"PROMPTMILL_METRICS_PORT: cannot listen on {host}:{port} ({error.strerror}); "
            f"each worker on a machine needs a port of its own, or 0 for a free one"
        ) from None
    url = f"http://{host}:{server.server_port}/metrics"
    structlog.get_logger("metrics").info("metrics_served", url=url)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
