"""What scikit-learn's tests take from its own conftest, and the table at the end."""

import sys
from collections import Counter

import pytest
from skorch_subjects import Case, Seen


@pytest.fixture
def global_random_seed():
    """Return the seed that scikit-learn tests under by default."""
    return 42


@pytest.fixture(autouse=True)
def own_stdout(monkeypatch):
    """Undo what a test does to ``sys.stdout``; one of ``test_rfe.py`` leaves it."""
    monkeypatch.setattr(sys, "stdout", sys.stdout)


SUBJECTS = ["pruned", "skorch"]


@pytest.fixture(params=SUBJECTS)
def case(request):
    """Return a training without rows held out."""
    return Case(request.param, split=False)


@pytest.fixture(params=SUBJECTS)
def split_case(request):
    """Return a training with rows held out."""
    return Case(request.param, split=True)


@pytest.fixture(params=[False, True], ids=["all rows", "split"])
def either_case(request, case):
    """Return a training with or without rows held out."""
    return case._replace(split=request.param)


@pytest.fixture
def notes():
    """Return what the `Seen` callbacks of a test have noted."""
    Seen.notes.clear()
    return Seen.notes


def pytest_collection_modifyitems(items):
    """Mark the tests that a borrowed suite expects to fail, with the reason."""
    for item in items:
        expected = getattr(getattr(item, "cls", None), "expected", {})
        reason = expected.get(item.name) or expected.get(item.name.partition("[")[0])
        if reason is not None:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


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
    """Return the file of a test in this folder and whom it is about, or None."""
    path, _, name = nodeid.partition("::")
    *_, folder, file = ("", *path.split("/"))
    if folder != "upstream":
        return None
    if name.startswith("Test"):
        return f"{file} {name.partition('::')[0]}"
    skorchs = "skorch" in name.partition("[")[2]
    return f"{file} {'skorch itself' if skorchs else 'ours'}"
