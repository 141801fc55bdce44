"""The requests of a batch's body: read as often as need be, checked until a pass finds nothing wrong."""

import json

from api.anthropic.envelope import read_batch

PARAMS = {"model": "claude-haiku-4-5", "max_tokens": 8, "messages": [{"role": "user", "content": "hi"}]}


def batch_of(*params: dict[str, object]):
    requests = [{"custom_id": f"row-{index}", "params": each} for index, each in enumerate(params)]
    return read_batch(memoryview(json.dumps({"requests": requests}).encode()), headers={})


def test_a_sound_batch_reads_the_same_every_time():
    batch = batch_of(PARAMS, PARAMS)
    first, second = list(batch), list(batch)
    assert first == second
    assert [json.loads(each.body) for each in second] == [PARAMS, PARAMS]


def test_faults_are_found_on_every_pass():
    batch = batch_of(PARAMS, PARAMS | {"stream": True})
    next(iter(batch))  # a pass that was not finished proves nothing
    for _ in range(2):
        sound, faulty = batch
        assert sound.fault is None
        assert faulty.fault.field == "requests.1.params.stream"
