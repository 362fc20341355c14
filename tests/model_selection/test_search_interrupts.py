"""Ctrl-C ends a search at once, and a second call goes on where it stood."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from instances import classifier
from numpy.testing import assert_array_equal
from sklearn.datasets import make_classification
from sklearn.model_selection import KFold

from skprune import SparsitySearchCV, sparsity_path
from skprune.estimator.callback_tree import Unwatched
from skprune.training import caching, path, run
from skprune.training.levels import Leg, PathPhase

X, y = make_classification(210, 10, random_state=0)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def search(memory=None):
    # Seven folds are two tasks.
    levels = {"sparsities": [0.0, 0.5, 0.7, 0.9], "cv": KFold(7)}
    return SparsitySearchCV(classifier(), memory=memory, **levels)


class Presses:
    """Presses Ctrl-C at the nth epoch of levels after the first, and counts."""

    def __init__(self, monkeypatch):
        self.n_dense, self.n_epochs, self.at = 0, 0, None
        dense, begin = run.dense_phase, PathPhase.begin_epoch

        def counted(job, rehearsal):
            self.n_dense += 1
            return dense(job, rehearsal)

        def pressed(phase):
            self.n_epochs += 1
            if self.n_epochs == self.at:
                raise KeyboardInterrupt
            begin(phase)

        monkeypatch.setattr(run, "dense_phase", counted)
        monkeypatch.setattr(PathPhase, "begin_epoch", pressed)
        monkeypatch.setattr(
            path, "legs", lambda _, levels: [Leg(level, 1, 3) for level in levels]
        )


@pytest.fixture
def presses(monkeypatch):
    return Presses(monkeypatch)


# Two levels of three epochs each: the first five folds have 30 such epochs, the other
# two 12, and the path on all rows 6.
@pytest.mark.parametrize("at, n_dense, n_left", [(13, 3, 48), (33, 1, 18), (43, 0, 6)])
def test_it_goes_on_where_it_stood(presses, tmp_path, at, n_dense, n_left):
    whole = search().fit(X, y)
    assert presses.n_epochs == 48
    presses.n_epochs, presses.at = 0, at
    found = search(str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        found.fit(X, y)
    assert not hasattr(found, "cv_results_") and presses.n_epochs == at
    presses.at, presses.n_dense, presses.n_epochs = None, 0, 0
    found.fit(X, y)
    # Of the folds that were interrupted the dense phase is there, but no level.
    assert presses.n_dense == n_dense and presses.n_epochs == n_left
    for name, values in whole.cv_results_.items():
        if "time" not in name:
            assert_array_equal(values, found.cv_results_[name])
    for level in whole.path_.sparsities:
        a, b = whole.at(level).predict_proba(X), found.at(level).predict_proba(X)
        assert_array_equal(a, b)


def test_a_search_that_was_fitted_stays_so(presses):
    found = search().fit(X, y)
    before = dict(vars(found))
    presses.n_epochs, presses.at = 0, 1
    with pytest.raises(KeyboardInterrupt):
        found.fit(X[:100], y[:100])
    assert vars(found) == before


@pytest.mark.parametrize("phase", ["dense", "pruning"])
def test_a_path_ends(phase):
    def pressed(self, name, n_epochs):
        if name == phase:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Unwatched, "begin_phase", pressed)
        with pytest.raises(KeyboardInterrupt):
            sparsity_path(classifier(), X, y)


def test_another_criterion_is_another_key(presses, tmp_path):
    kept = {"sparsities": [0.5, 0.9], "memory": str(tmp_path)}
    first = sparsity_path(classifier(), X, y, **kept)
    again = sparsity_path(classifier(), X, y, **kept)
    assert_array_equal(first.at(0.9).predict_proba(X), again.at(0.9).predict_proba(X))
    assert presses.n_dense == 1 and presses.n_epochs == 3
    other = sparsity_path(classifier(criterion="random"), X, y, **kept)
    assert presses.n_dense == 1 and presses.n_epochs == 6
    assert not np.array_equal(
        other.at(0.9).predict_proba(X), first.at(0.9).predict_proba(X)
    )


def test_another_version_is_another_key(presses, tmp_path, monkeypatch):
    for version in ["1", "2", "1"]:
        monkeypatch.setattr(caching, "our_version", lambda version=version: version)
        sparsity_path(classifier(), X, y, memory=str(tmp_path))
    assert presses.n_dense == 2


PROGRAM = """
import signal, sys, warnings
# Who runs tests in the background has signals ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
warnings.simplefilter("ignore")
from sklearn.datasets import make_classification
from skprune import PrunedMLPClassifier, SparsitySearchCV

if __name__ == "__main__":
    X, y = make_classification(4000, 20, random_state=0)
    clf = PrunedMLPClassifier((64,), random_state=0)
    SparsitySearchCV(clf, cv=10, n_jobs=int(sys.argv[1]), memory=sys.argv[2]).fit(X, y)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_no_process_stays_behind(tmp_path, n_jobs):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    call = [sys.executable, str(program), str(n_jobs), str(tmp_path / "memory")]
    child = subprocess.Popen(
        call, start_new_session=True, stderr=subprocess.PIPE, text=True
    )
    # joblib makes the folder of a function when it is first called.
    until(lambda: list((tmp_path / "memory").rglob("_train_dense")), 120)
    time.sleep(1)
    # As a terminal does: to all processes of the group.
    os.killpg(child.pid, signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors and child.returncode != 0
    until(lambda: not alive(child.pid), 30)


def until(true, seconds):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def alive(group):
    """Return whether a process of a group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
