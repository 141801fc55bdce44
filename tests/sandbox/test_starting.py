import socket
import subprocess
import sys
from collections.abc import Callable
from signal import SIGINT, SIGTERM

import pytest

from tests.sandbox.running import ROOT, Running


def run(*flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox", *flags]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_it_ends_quietly_with_exit_code_0_when_told_to_stop(start: Callable[..., Running], number: int):
    running = start()
    running.process.send_signal(number)
    assert running.process.wait(10) == 0


def test_a_stalled_call_does_not_keep_it_from_stopping(start: Callable[..., Running]):
    running = start()
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        body = (
            b'{"model":"claude-haiku-4-5","max_tokens":9,"messages":[{"role":"user","content":"[[stall]]"}]}'
        )
        head = "POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        line.sendall(head.encode() + body)
        running.process.terminate()
        assert running.process.wait(10) == 0


def test_a_port_in_use_is_one_sentence_and_exit_code_2(start: Callable[..., Running]):
    port = start().url.rpartition(":")[2]
    done = run("--port", port)
    assert done.returncode == 2
    assert done.stderr == f"sandbox: cannot listen on 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--prot", "1"), "sandbox: unrecognized arguments: --prot 1"),
        (("--port", "99999"), "sandbox: --port: 99999 is not a port number"),
        (
            ("--error-rate", "2"),
            "sandbox: a setting cannot be used: Expected `float` <= 1.0 - at `$.error_rate`",
        ),
        (("--fault", "thunder=0.1"), "sandbox: a setting cannot be used: faults: 'thunder' is no word"),
        (("--fault", "429"), "sandbox: --fault: '429' must be STEP=RATE, such as 429=0.05"),
        (("--rpm", "opus-9=5"), "sandbox: a setting cannot be used: there is no model class 'opus-9'"),
        (("--rpm", "many"), "sandbox: --rpm: 'many' is not a number, nor CLASS=NUMBER"),
    ],
)
def test_a_bad_flag_is_one_sentence_and_exit_code_2(flags: tuple[str, ...], sentence: str):
    done = run(*flags)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1
