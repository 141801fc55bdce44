import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from claude.direct import complete_directly
from claude.errors import ClaudeError
from tests.claude.answer_cases import OWN_CASES, Case, corpus_cases
from tests.claude.answer_deviations import DEVIATIONS
from tests.claude.answer_outcome import (
    Facts,
    chunk_facts,
    comparable,
    completion_facts,
    our_error,
    their_outcome,
)
from tests.claude.scripted_server import Act, Reply, ScriptedServer, reply, sse, stream_reply

CORPUS = corpus_cases()


def answer_to(upstream: dict[str, Any]) -> Reply:
    if "sleep" in upstream:
        return Reply([Act.HANG])
    if "sse" in upstream:
        return stream_reply(sse(*upstream["sse"]))
    body = upstream.get("text") or json.dumps(upstream["json"])
    content_type = upstream.get("content_type", "application/json")
    return reply(body, status=upstream["status"], content_type=content_type, **upstream.get("headers", {}))


@contextmanager
def upstream_of(case: Case) -> Iterator[str]:
    server = ScriptedServer()
    try:
        if "connection" in case["input"]["upstream"]:
            server.close()
        else:
            server.replies.append(answer_to(case["input"]["upstream"]))
        yield server.url if "connection" not in case["input"]["upstream"] else "http://127.0.0.1:1"
    finally:
        server.close()


def our_outcome(case: Case) -> Facts:
    request = dict(case["input"]["request"])
    timeout_s = request.pop("timeout", 20.0)
    with upstream_of(case) as url:
        try:
            reply = complete_directly(api_key="k", base_url=url, timeout_s=timeout_s, **request)
            if isinstance(reply, dict):
                return completion_facts(reply)
            return read_out(reply)
        except ClaudeError as error:
            return {"error": our_error(error)}


def read_out(chunks: Iterator[dict[str, Any]]) -> Facts:
    seen: list[dict[str, Any]] = []
    try:
        seen.extend(chunks)
    except ClaudeError as error:
        return {"error": our_error(error), **chunk_facts(seen)}
    return chunk_facts(seen)


def difference(ours: Facts, theirs: Facts) -> Facts:
    """Name every path at which the two differ, with our value; None where only theirs has one."""
    paths = sorted(ours.keys() | theirs.keys())
    return {path: ours.get(path) for path in paths if ours.get(path) != theirs.get(path)}


@pytest.mark.parametrize("case", [*CORPUS, *OWN_CASES], ids=lambda case: case["id"])
def test_an_answer_reads_as_recorded_or_deviates_as_named(case: Case):
    recorded = [case[name] for name in ("litellm", "litellm_1_109_1") if name in case]
    has_usage = "completion" not in json.dumps(case["input"]["upstream"].get("json"))
    ours = comparable(our_outcome(case), has_usage=has_usage)
    found = [difference(ours, comparable(their_outcome(one), has_usage=has_usage)) for one in recorded]
    named = DEVIATIONS.get(case["id"])
    expected = named.ours if named else {}
    assert expected in found, f"{case['id']}: differs by {found}"
    assert bool(named) == ({} not in found), f"{case['id']} no longer deviates: take it off the list"


def test_every_named_deviation_has_a_reason_and_a_case():
    assert all(named.reason.endswith(".") and named.ours for named in DEVIATIONS.values())
    assert not CORPUS or DEVIATIONS.keys() <= {case["id"] for case in CORPUS}
