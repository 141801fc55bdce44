import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.eventually import until
from tests.promptmill.stacks import environment

EXAMPLE = Path(__file__).parents[3] / "examples" / "webhook_receiver.py"
pytestmark = pytest.mark.journey


@pytest.fixture
def example(promptmill, stack):
    """Run the example receiver with the stack's own secret; return it and its port."""
    secret = promptmill("webhooks", "secret", "--data", stack.data).stdout.strip()
    process = subprocess.Popen(
        [sys.executable, EXAMPLE, "0"],
        env=environment(WEBHOOK_SECRET=secret),
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process, process.stdout.readline().split()[-1]
    process.terminate()
    process.wait()
    process.stdout.close()


def test_the_example_receiver_is_told_when_a_batch_has_ended(promptmill, stack, example):
    process, port = example
    hook = f"http://127.0.0.1:{port}/hook"
    batch = promptmill(
        "submit", "-", "--webhook", hook, url=stack.url, stdin="1 + 1?\n2 + 2?\n"
    ).stdout.strip()
    assert process.stdout.readline().strip() == f"{batch} ended: 2 of 2 succeeded"
    listed = until(
        lambda: [
            each
            for each in map(
                json.loads, promptmill("webhooks", "list", "--json", url=stack.url).stdout.splitlines()
            )
            if each["state"] == "delivered"
        ],
        "the delivery's record",
    )
    shown = promptmill("webhooks", "show", listed[0]["id"], url=stack.url).stdout
    assert re.search(r"attempt 1 .* answered 204", shown)
    promptmill("webhooks", "resend", listed[0]["id"], url=stack.url)
    until(
        lambda: "attempt 2" in promptmill("webhooks", "show", listed[0]["id"], url=stack.url).stdout,
        "the second attempt",
    )


def test_the_master_is_kept_for_its_owner_only(stack):
    kept = stack.data / "webhook.secret"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(kept.read_text().strip()) > 40


def test_secrets_differ_by_tenant_and_come_from_the_environment_too(promptmill, tmp_path):
    master = {"PROMPTMILL_WEBHOOK_SECRET": "a master secret of enough length"}
    one, other = (
        promptmill("webhooks", "secret", "--tenant", tenant, **master).stdout for tenant in ("a", "b")
    )
    assert one.startswith("whsec_")
    assert one != other
    nowhere = promptmill("webhooks", "secret", "--data", tmp_path)
    assert (nowhere.returncode, nowhere.stdout) == (2, "")
    assert "PROMPTMILL_WEBHOOK_SECRET" in nowhere.stderr


def test_a_refused_webhook_is_said_in_a_sentence(promptmill, stack):
    done = promptmill("submit", "-", "--webhook", "ftp://x", url=stack.url, stdin="1 + 1?\n")
    assert done.returncode == 2
    assert "webhook must be a URL" in done.stderr
