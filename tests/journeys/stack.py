"""The whole service as real processes, for journeys that kill some of them."""

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.eventually import until
from tests.leashed import let_go, popen

ROOT = Path(__file__).parents[2]
STOP_S = 60


class Part:
    """One process of the stack; its standard error goes to a file that a failing test can show."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as stderr:
            self.process = popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def url(self) -> str:
        """Return the address that the process prints once it is ready."""
        line = self.process.stdout.readline()
        assert line.startswith("ready http://"), f"{self.name}: {line!r}\n{self.log.read_text()}"
        return line.split()[1]

    def kill(self) -> None:
        """End the process as a crash would."""
        self._signal(signal.SIGKILL)

    def stop(self) -> int:
        """End the process as an operator would; return its exit code."""
        return self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> int:
        self.process.send_signal(number)
        code = self.process.wait(STOP_S)
        let_go(self.process)
        self.process.stdout.close()
        return code


class Stack:
    """Starts parts against one store, one broker and one sandbox; stops them all on exit."""

    def __init__(self, folder: Path, *, database_url: str, redis_url: str) -> None:
        self.folder = folder
        self.parts: list[Part] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PROMPTMILL_")},
            "ANTHROPIC_API_KEY": "sk-ant-journey",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PROMPTMILL_PORT": "0",
            "PROMPTMILL_MIGRATE": "1",
            "PROMPTMILL_DISPATCH_LEASE_S": "3",
            "PROMPTMILL_WORKER_LEASE_S": "3",
        }
        self._closing = ExitStack()

    def start(self, name: str, *arguments: str, **environment: str) -> Part:
        """Start one part; keyword arguments are added to its environment."""
        part = Part(name, list(arguments), {**self.environment, **environment}, self.folder / f"{name}.log")
        self.parts.append(part)
        return part

    def start_all(self, *sandbox_flags: str) -> None:
        """Start sandbox, api, one worker and beat."""
        self.sandbox_url = self.start("sandbox", "sandbox", *sandbox_flags).url()
        self.environment["ANTHROPIC_BASE_URL"] = self.sandbox_url
        self.api = self.start("api", "api")
        self.api_url = self.api.url()
        self.client = self._closing.enter_context(httpx.Client(base_url=self.api_url, timeout=60))
        self.worker = self.start_worker()
        self.beat = self.start("beat", "worker", "beat")

    def start_worker(self, **environment: str) -> Part:
        """Start one more worker."""
        return self.start("worker", "worker", **environment)

    def submit(self, prompts: list[str]) -> str:
        """Submit one job a prompt; return the batch id."""
        lines = [
            f'{{"custom_id":"c-{n}","request":{{"model":"claude-haiku-5-5","max_tokens":64,'
            f'"messages":[{{"role":"user","content":"{prompt}"}}]}}}}'
            for n, prompt in enumerate(prompts)
        ]
        response = self.client.post(
            "/v1/jobs", content="\n".join(lines), headers={"content-type": "application/x-ndjson"}
        )
        assert response.status_code == httpx.codes.ACCEPTED, response.text
        return response.json()["id"]

    def counts(self, batch_id: str) -> dict[str, int]:
        """Return the batch's live counts."""
        return self.client.get(f"/v1/batches/{batch_id}").json()["counts"]

    def wait(self, batch_id: str, *, timeout_s: float = 120) -> dict[str, object]:
        """Return the batch once all of its jobs have ended."""
        return until(
            lambda: self._ended(batch_id), f"batch {batch_id} to end: {self.folder}", timeout_s=timeout_s
        )

    def results(self, batch_id: str) -> list[dict[str, object]]:
        """Return every result of the batch."""
        response = self.client.get(f"/v1/batches/{batch_id}/results").raise_for_status()
        return [json.loads(line) for line in response.text.splitlines()]

    def calls(self) -> dict[str, object]:
        """Return what the sandbox has seen."""
        return httpx.get(f"{self.sandbox_url}/_sandbox/summary").json()

    def close(self) -> None:
        """Stop what still runs, whatever state it is in."""
        self._closing.close()
        for part in reversed(self.parts):
            if part.process.poll() is None:
                part.kill()

    def _ended(self, batch_id: str) -> dict[str, object] | None:
        batch = self.client.get(f"/v1/batches/{batch_id}").json()
        return batch if batch["state"] == "ended" else None
