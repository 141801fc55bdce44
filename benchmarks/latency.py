"""How long one call takes through the whole service, beside the same call straight to the sandbox.

Calls are made one after the other, in turn by each way, on this machine: what is measured is what the service
adds, not how it does under load.
"""

import argparse
import statistics
import time

import httpx

from benchmarks.fleet import fleet, sandbox

HEADERS = {"x-api-key": "sk-ant-bench", "anthropic-version": "2023-06-01"}
MODEL = "claude-haiku-5-5"
WARM_UP = 20  # calls
LATENCY_MS = 20


def main() -> None:
    """Print median and p99 of each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--database", help="a PostgreSQL URL; else SQLite")
    given = parser.parse_args()
    with (
        sandbox(latency_ms=LATENCY_MS) as upstream,
        fleet(upstream, workers=1, database_url=given.database) as client,
        httpx.Client(headers=HEADERS, timeout=60) as http,
    ):
        ways = {
            "straight to the sandbox": lambda n: _message(http, upstream.url, n),
            "POST /v1/messages": lambda n: _message(http, client.base_url, n),
            "POST /v1/jobs, then ?wait=": lambda n: _job(http, client.base_url, n),
        }
        taken = {name: [] for name in ways}
        for number in range(-WARM_UP, given.calls):
            for name, call in ways.items():
                begun = time.perf_counter()
                call(number)
                if number >= 0:
                    taken[name].append((time.perf_counter() - begun) * 1000)
    _show(taken)


def _request(number: int) -> dict[str, object]:
    # The same latency for all: the sandbox draws it from the prompt.
    prompt = f"[[say fine]] [[mark call-{number}]]"
    return {"model": MODEL, "max_tokens": 64, "messages": [{"role": "user", "content": prompt}]}


def _message(http: httpx.Client, url: str, number: int) -> None:
    http.post(f"{url}/v1/messages", json=_request(number)).raise_for_status()


def _job(http: httpx.Client, url: str, number: int) -> None:
    submitted = http.post(f"{url}/v1/jobs", json={"request": _request(number), "priority": "interactive"})
    job_id = submitted.raise_for_status().json()["id"]
    shown = http.get(f"{url}/v1/jobs/{job_id}", params={"wait": 30}).raise_for_status().json()
    if shown["state"] != "succeeded":
        raise SystemExit(f"{job_id} is {shown['state']}: {shown['error']}")


def _show(taken: dict[str, list[float]]) -> None:
    direct = next(iter(taken.values()))
    print("| way | median ms | p99 ms | added at the median |\n|---|---:|---:|---:|")
    for name, each in taken.items():
        median, p99 = statistics.median(each), statistics.quantiles(each, n=100)[98]
        added = statistics.median(b - a for a, b in zip(direct, each, strict=True))
        print(f"| {name} | {median:.1f} | {p99:.1f} | {added:.1f} |")


if __name__ == "__main__":
    main()
