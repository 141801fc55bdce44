"""Tests that share a running stack are run by one process; else each process would start its own.

`--dist loadgroup` is meant for that, but pytest-xdist 3.8 marks its groups in a way that pytest 9.2 ignores.
"""

from xdist.scheduler import LoadScopeScheduling

COMPANIES = {
    "the service": (
        "journeys/test_anthropic_calls.py",
        "journeys/test_anthropic_errors.py",
        "journeys/test_client_programs.py",
        "journeys/test_official_sdk.py",
        "journeys/test_openai_errors.py",
        "journeys/test_single_jobs.py",
    ),
    "a stack of the command line": (
        "promptmill/cli/schedules/test_schedules.py",
        "promptmill/cli/test_commands.py",
        "promptmill/cli/test_money.py",
        "promptmill/cli/test_webhooks.py",
        "promptmill/test_async_client.py",
        "promptmill/test_chat.py",
        "promptmill/test_client.py",
        "promptmill/test_following.py",
    ),
    "a stack that is broken": (
        "promptmill/cli/test_run_embedded.py",
        "promptmill/stack/test_access.py",
        "promptmill/stack/test_up.py",
    ),
    "faults": ("journeys/test_faults.py",),
    "lanes": ("journeys/test_lanes.py",),
    "evaluations": ("promptmill/cli/test_evals.py",),
    "chaos": ("promptmill/chaos/test_suite.py",),
}
COMPANY_OF = {f"tests/{path}": name for name, paths in COMPANIES.items() for path in paths}


class KeepingTogether(LoadScopeScheduling):
    """Hands out the tests of a company together, and all others one by one."""

    def _split_scope(self, nodeid):
        return COMPANY_OF.get(nodeid.partition("::")[0], nodeid)
