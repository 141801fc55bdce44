"""Runs the chaos suite under people's eyes: a line on how it goes, and a table of what it found."""

import os
import sys
from pathlib import Path

from promptmill.chaos.finding import Finding
from promptmill.chaos.report import report, report_json
from promptmill.chaos.suite import ChaosOptions, prepared_ground, run_suite
from promptmill.cli.console import people, print_json, say, sheet
from promptmill.cli.words import count


def run_shown(options: ChaosOptions, folder: Path, *, as_json: bool) -> list[Finding]:
    """Run the suite, show how it goes, and print what it found, up to where it was broken off if it was."""
    say(f"seed {options.seed}: `--seed {options.seed}` strikes at the same moments again")
    findings: list[Finding] = []

    def keep(finding: Finding) -> None:
        findings.append(finding)
        tell(finding)

    try:
        with (
            people().status("starting a stack ...") as status,
            prepared_ground(os.environ, options, folder) as ground,
        ):
            run_suite(ground, options, show=status.update, tell=keep)
    finally:
        if findings:
            _print(findings, options, as_json=as_json)
    return findings


def _print(findings: list[Finding], options: ChaosOptions, *, as_json: bool) -> None:
    if as_json:
        print_json(report_json(findings, seed=options.seed))
    else:
        sheet().print(report(findings))


def tell(finding: Finding) -> None:
    """Say in a line how a trial went, where nobody sees the status line."""
    if not sys.stderr.isatty():
        verdict = "sound" if finding.is_sound else "BROKEN"
        say(f"{finding.title}: {count(finding.struck, 'time')} in {finding.took_s:.0f} s, {verdict}")
