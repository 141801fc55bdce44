"""Events of streams a second and CPU an event: one worker process on one core, every event recorded in SQL.

A stream has 105 events: 100 pieces of text and what stands around them. They come either all at once, as
behind a proxy that collects, or four in a write, as they do from a network. The peers keep nothing; the floor
splits the stream into events and decodes each one's JSON.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import psycopg

from benchmarks.arena import Arena, ContenderError, open_arena
from benchmarks.rounds import Entry, arguments, run
from benchmarks.standin import EVENTS
from benchmarks.table import Column, Layout, Report

SDK = "anthropic SDK stream"
LAYOUT = Layout(
    name="stream",
    question="Events of streams a second, 100 streams in flight, one worker process on one core.",
    condition="events come",
    columns=(
        Column(title="events/s", of=lambda told: told["events"] / told["seconds"]),
        Column(title="µs CPU an event", of=lambda told: 1e6 * told["cpu_s"] / told["events"], form=".1f"),
        Column(title="streams/s", of=lambda told: told["jobs"] / told["seconds"]),
    ),
    reference=SDK,
)
RECORDED = """
SELECT count(*), sum(events) FROM (
    SELECT job_id, sum(json_array_length(data::json)) AS events FROM chunks GROUP BY job_id
) AS streams
"""


@dataclass(frozen=True, kw_only=True)
class Contender:
    """What is run, and for how many streams so that a round takes seconds."""

    name: str
    module: str
    streams: int
    is_ours: bool = False

    def contend(self, arena: Arena, in_flight: int, share: float) -> Report:
        """Run one round of that share of its streams."""
        count = max(int(self.streams * share), 2 * in_flight)
        command = [f"benchmarks.contenders.{self.module}", "--streamed", "--jobs", str(count)]
        command += ["--in-flight", str(in_flight)]
        command += ["--database", arena.postgres_url] if self.is_ours else ["--url", arena.standin.url]
        report = arena.contend(command, ours=self.is_ours, pinned_here=not self.is_ours, calls=count)
        if self.is_ours:
            _check_recorded(arena, count)
        return {**report, "events": report["jobs"] * len(EVENTS)}


CONTENDERS = (
    Contender(name="promptmill, Postgres", module="promptmill", streams=3_000, is_ours=True),
    Contender(name="the stand-in's headroom", module="headroom", streams=6_000),
    Contender(name="aiohttp loop (the floor)", module="aiohttp_stream", streams=3_000),
    Contender(name=SDK, module="anthropic_stream", streams=500),
    Contender(name="litellm.acompletion stream", module="litellm_stream", streams=200),
)


def main() -> None:
    """Alternate the contenders, on either kind of stream."""
    parser = arguments(__doc__)
    parser.add_argument("--in-flight", type=int, default=100)
    parser.add_argument("--share", type=float, default=1.0, help="of each contender's number of streams")
    given = parser.parse_args()
    with open_arena() as at_once, at_once.beside("--apart") as apart:
        arenas = {"at once": at_once, "4 in a write": apart}
        run(LAYOUT, list(_entries(arenas, given.in_flight, given.share)), given)


def _entries(arenas: dict[str, Arena], in_flight: int, share: float) -> Iterator[Entry]:
    for condition, arena in arenas.items():
        for each in CONTENDERS:
            measure = partial(each.contend, arena, in_flight, share)
            yield Entry(name=each.name, condition=condition, measure=measure)


def _check_recorded(arena: Arena, streams: int) -> None:
    with psycopg.connect(arena.postgres_url) as connection:
        [found] = connection.execute(RECORDED).fetchall()
    if found != (streams, streams * len(EVENTS)):
        raise ContenderError(f"{found[1]} events of {found[0]} streams are in SQL, not {streams}")


if __name__ == "__main__":
    main()
