"""What pyproject.toml promises is what the repository holds."""

import ast
import re
import runpy
import tomllib
from pathlib import Path

import pytest

import skprune

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_the_changelog_has_a_heading_for_this_version():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"## [{skprune.__version__}]" in text or "## [Unreleased]" in text


def test_every_user_facing_requirement_has_a_lower_bound_to_run():
    oldest = runpy.run_path(str(ROOT / "tools" / "oldest.py"))["oldest"]()
    extras = PROJECT["optional-dependencies"]
    needed = [*PROJECT["dependencies"], *extras["plot"], *extras["onnx"]]
    named = {re.match(r"[\w.-]+", line)[0].lower() for line in needed}
    assert named <= set(oldest)
    assert oldest["numpy"] == re.search(r"numpy>=([\d.]+)", " ".join(needed))[1]


def test_all_that_is_asked_for_is_pinned():
    extras = PROJECT["optional-dependencies"]
    pinned = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    }
    asked = [*PROJECT["dependencies"]]
    for extra in ("bench", "dask", "dist", "docs", "onnx", "plot", "test"):
        asked += extras[extra]
    names = {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in asked}
    assert not names - pinned - {"skprune"}


@pytest.mark.parametrize("folder", ["skprune", "tools", "examples"])
def test_the_oldest_python_can_read_it(folder):
    oldest = tuple(map(int, PROJECT["requires-python"].removeprefix(">=").split(".")))
    for path in (ROOT / folder).rglob("*.py"):
        ast.parse(path.read_text("utf-8"), feature_version=oldest)


def test_the_citation_names_this_version():
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {skprune.__version__}\n" in text


def test_pre_commit_runs_what_make_lint_runs():
    recipe = re.search(
        r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.M
    )
    commands = [
        line.strip().replace("$(BIN)", ".venv/bin") for line in recipe[1].splitlines()
    ]
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert re.findall(r"entry: (.*)", hooks) == commands
