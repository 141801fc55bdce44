import signal

import pytest

from tests.promptmill.forks import forks
from tests.promptmill.stacks import NOBODY, environment, running


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard():
    """Have our children stopped by Ctrl-C also where these tests run behind a shell's `&`, deaf to it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """A stack that tests share, in a folder with a space in its name; it may send webhooks to itself."""
    folder = tmp_path_factory.mktemp("shared") / "my stack"
    with running(folder, PROMPTMILL_WEBHOOK_PRIVATE="allow") as stack:
        yield stack


@pytest.fixture(scope="session")
def forked():
    """Return what runs a command at once, as its imports were done before."""
    with forks() as forked:
        yield forked


@pytest.fixture
def promptmill(tmp_path, forked):
    """Run the command in a folder of the test's own and return what came of it."""

    def run(*arguments, url=NOBODY, stdin=None, **changes):
        named = {"PROMPTMILL_URL": url} if url else {}
        return forked.run(
            arguments, folder=tmp_path, environment=environment(**named, **changes), stdin=stdin
        )

    return run
