"""What scikit-learn's tests take from its own conftest, and the table at the end."""

import sys
from collections import Counter

import pytest


@pytest.fixture
def global_random_seed():
    """Return the seed that scikit-learn tests under by default."""
    return 42


@pytest.fixture(autouse=True)
def own_stdout(monkeypatch):
    """Undo what a test does to ``sys.stdout``; one of ``test_rfe.py`` leaves it."""
    monkeypatch.setattr(sys, "stdout", sys.stdout)


def pytest_collection_modifyitems(items):
    """Mark the tests that a borrowed suite expects to fail, with the reason."""
    for item in items:
        expected = getattr(getattr(item, "cls", None), "expected", {})
        for name in {item.name, item.originalname} & expected.keys():
            item.add_marker(pytest.mark.xfail(reason=expected[name], strict=True))


def pytest_terminal_summary(terminalreporter):
    """Print how many tests of each suite passed, differ by decision, and failed."""
    counts = {
        outcome: Counter(_suite(r.nodeid) for r in terminalreporter.getreports(outcome))
        for outcome in ("passed", "xfailed", "failed")
    }
    suites = sorted(set().union(*counts.values()) - {None})
    if not suites:
        return
    terminalreporter.section("other people's suites")
    row = "{:<48}{:>8}{:>12}{:>8}"
    terminalreporter.write_line(row.format("suite", "passed", "differences", "failed"))
    for suite in suites:
        numbers = (counts[outcome][suite] for outcome in counts)
        terminalreporter.write_line(row.format(suite, *numbers))


def _suite(nodeid):
    """Return the file and class of a test in this folder, None for any other."""
    path, _, name = nodeid.partition("::")
    *_, folder, file = ("", *path.split("/"))
    if folder != "upstream" or not name.startswith("Test"):
        return None
    return f"{file} {name.partition('::')[0]}"
