"""Starts and stops the engine with the Celery worker."""

from typing import ClassVar

from celery import bootsteps

from worker.engine.engine import Engine


def engine_step(engine: Engine) -> type[bootsteps.StartStopStep]:
    """Return a bootstep for `engine`: up before the consumer takes messages, down after it has stopped."""

    class EngineStep(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
        requires: ClassVar[set[str]] = {"celery.worker.components:Pool"}

        def include_if(self, _worker: object) -> bool:
            return True

        def start(self, _worker: object) -> None:
            engine.start()

        def stop(self, _worker: object) -> None:
            engine.stop()

        def terminate(self, _worker: object) -> None:
            engine.stop()

    return EngineStep
