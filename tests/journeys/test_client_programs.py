"""Every client that is documented to work, in each of its generations, through the whole service."""

import json

import pytest

from tests.journeys.programs import CLIENTS, EXAMPLES, run, run_node, run_promptfoo

pytestmark = pytest.mark.journey


@pytest.mark.parametrize(
    ("generation", "packages"),
    [("2.", ""), ("0.125.0 ", "older")],
    ids=["anthropic-2", "anthropic-0.125.0"],
)
def test_all_that_anthropics_sdk_does_works(service, generation, packages):
    told = run(CLIENTS / "anthropic_journey.py", service.api_url, packages=packages)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.startswith(generation)


@pytest.mark.parametrize(
    ("generation", "packages"), [("3.", ""), ("2.", "older")], ids=["openai-3", "openai-2"]
)
def test_all_that_openais_sdk_does_works_at_both_of_its_addresses(service, generation, packages):
    told = run(CLIENTS / "openai_journey.py", service.api_url, packages=packages)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.startswith(f"openai {generation}")
    assert {line.split()[2] for line in told.stdout.splitlines()} == {"/openai/v1", "/v1"}


@pytest.mark.parametrize("name", ["anthropic_sdk.py", "openai_sdk.py"])
def test_the_example_of_an_sdk_runs(service, name):
    told = run(EXAMPLES / name, PROMPTMILL_URL=service.api_url)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("42\n")
    assert "harder 425\n" in told.stdout


def test_all_that_both_vendors_typescript_sdks_do_works(service):
    told = run_node(CLIENTS / "node/journey.mjs", service.api_url)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.endswith("meetOpenAIsErrors\n")


@pytest.mark.large_client
def test_the_example_of_litellm_runs(service):
    told = run(EXAMPLES / "litellm_client.py", packages="litellm", PROMPTMILL_URL=service.api_url)
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines().count("42") == 2
    assert "refused: " in told.stdout


@pytest.mark.large_client
def test_the_example_of_inspect_runs(service):
    told = run(EXAMPLES / "inspect_sums.py", packages="inspect", PROMPTMILL_URL=service.api_url)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.splitlines() == [
        "openai-api/promptmill/claude-haiku-5-5 accuracy 1.0",
        "anthropic/claude-haiku-5-5 accuracy 1.0",
    ]


@pytest.mark.large_client
def test_the_example_of_promptfoo_passes_and_each_of_its_calls_is_a_job(service, tmp_path):
    told = run_promptfoo(EXAMPLES / "promptfoo.yaml", tmp_path, PROMPTMILL_URL=service.api_url)
    assert told.returncode == 0, told.stdout + told.stderr
    stats = json.loads((tmp_path / "results.json").read_text())["results"]["stats"]
    assert (stats["successes"], stats["failures"], stats["errors"]) == (6, 0, 0)
    jobs = service.client.get("/v1/jobs", params={"limit": 100}).json()["data"]
    calls = sorted((job["format"], job["state"]) for job in jobs if job["custom_id"] == "promptfoo")
    assert calls == [("chat", "succeeded")] * 3 + [("messages", "succeeded")] * 3
