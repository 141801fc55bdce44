"""`make chaos`: the whole suite on a real Postgres, which is stopped as well, and a real Valkey."""

import argparse
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from promptmill.chaos.finding import Finding
from promptmill.chaos.report import report
from promptmill.chaos.suite import ChaosOptions, prepared_ground, run_suite, scratch_folder
from promptmill.cli.chaos_shown import tell
from promptmill.cli.console import people, say, sheet
from tests.journeys.postgres_server import postgres_server


def main() -> int:
    """Run the rounds that are asked for; return 1 if any promise was broken, and then keep the logs."""
    options = options_of(sys.argv[1:])
    say(f"seed {options.seed}")
    folder = scratch_folder()
    findings: list[Finding] = []
    try:
        run(options, folder, findings)
    finally:
        sheet().print(report(findings))
    if all(finding.is_sound for finding in findings):
        shutil.rmtree(folder)
        return 0
    say(f"logs are kept in {folder}")
    return 1


def run(options: ChaosOptions, folder: Path, findings: list[Finding]) -> None:
    """Run the suite with a Postgres that may be stopped; `findings` takes what it finds, as it is found."""

    def keep(finding: Finding) -> None:
        findings.append(finding)
        tell(finding)

    with (
        tempfile.TemporaryDirectory(prefix="pm-pg-") as directory,
        postgres_server(Path(directory)) as postgres,
        people().status("starting a stack ...") as status,
        prepared_ground(environment(postgres.url), options, folder, outage=postgres) as ground,
    ):
        run_suite(ground, options, show=status.update, tell=keep)


def environment(database_url: str) -> dict[str, str]:
    """Return ours, with that database, and with the embedded Valkey, which may be killed."""
    kept = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    return kept | {"DATABASE_URL": database_url}


def options_of(arguments: list[str]) -> ChaosOptions:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--fault", action="append", default=[])
    asked = parser.parse_args(arguments)
    return ChaosOptions(
        kills=asked.kills,
        rounds=asked.rounds,
        jobs=asked.jobs,
        seed=asked.seed,
        only=frozenset(asked.fault),
    )


if __name__ == "__main__":
    sys.exit(main())
