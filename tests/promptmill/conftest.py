import subprocess

import pytest

from tests.promptmill.stacks import COMMAND, NOBODY, environment, running


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """A stack that all tests of this process share, in a folder with a space in its name."""
    with running(tmp_path_factory.mktemp("shared") / "my stack") as stack:
        yield stack


@pytest.fixture
def promptmill(tmp_path):
    """Run the command in a folder of the test's own and return what came of it."""

    def run(*arguments, url=NOBODY, stdin=None, **changes):
        named = {"PROMPTMILL_URL": url} if url else {}
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=tmp_path,
            env=environment(**named, **changes),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
