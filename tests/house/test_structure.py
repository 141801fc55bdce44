import ast
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "claude", "evalruns", "evals", "jobs", "promptmill", "sandbox", "worker")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "service", "types"}
LONGEST_FILE = 300  # lines
LONGEST_FUNCTION = 40  # lines


def relative(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_a_file_is_short_enough_to_be_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_file_has_a_name_that_says_something_and_a_sentence_on_its_duty(path):
    assert path.stem not in BANNED_NAMES
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_function_is_longer_than_a_screen(path):
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [f.name for f in functions if f.end_lineno - f.lineno >= LONGEST_FUNCTION] == []


@pytest.mark.parametrize("path", TESTS, ids=relative)
def test_the_suite_has_no_mocks_no_sleeps_and_no_skips(path):
    tree = ast.parse(path.read_text())
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None), *(alias.name for alias in node.names)]
    }
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert imported.isdisjoint({"unittest.mock", "mock", "patch", "MagicMock"})
    assert called.isdisjoint(
        {"time.sleep", "asyncio.sleep", "sleep", "monkeypatch.setattr", "pytest.skip", "pytest.xfail"}
    )


def test_every_package_has_its_place_in_the_import_contracts():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages == set(settings["importlinter"]["root_packages"])
    assert packages | {"benchmarks"} == set(settings["mypy"]["packages"])


def test_the_compose_file_has_every_part_with_a_health_check():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services = compose["services"]
    assert {"postgres", "redis", "api", "worker", "beat"} <= set(services)
    for name in ("postgres", "redis", "api", "worker", "beat"):
        assert services[name]["healthcheck"]["test"], name
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
    assert set(compose["volumes"]) == {
        volume.partition(":")[0] for service in services.values() for volume in service.get("volumes", [])
    }
