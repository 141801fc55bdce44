import json

import pytest

from promptmill.inputs.container import InputFormat
from promptmill.inputs.prepare import InputOptions, prepared
from promptmill.inputs.request import Defaults

DEFAULTS = Defaults(model="claude-haiku-5-5", max_tokens=100, system=None)


@pytest.fixture
def jobs_of(tmp_path):
    """Write a file and return the job objects that are made of it."""

    def prepare(content, *, name="prompts", input_format="auto", prompt_field=None, **defaults):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        options = InputOptions(
            defaults=Defaults(**{**{f: getattr(DEFAULTS, f) for f in DEFAULTS.__slots__}, **defaults}),
            input_format=InputFormat(input_format),
            prompt_field=prompt_field,
        )
        with prepared(str(path), options) as submission:
            jobs = [json.loads(line) for line in submission.body]
            assert len(jobs) == submission.total
            return jobs

    return prepare
