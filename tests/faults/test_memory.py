"""What the cache of dense phases must keep apart, and what it must share."""

import threading

import numpy as np
import pytest
from instances import classifier
from joblib import Memory
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import Callback

from skprune.training import run

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(80, 5, random_state=0)


class Interrupt(Callback):
    """Presses Ctrl-C in the dense phase, unless it is told to wait."""

    armed = False

    def on_epoch_end(self, net, **kwargs):
        if type(self).armed and len(net.history) == 3:
            raise KeyboardInterrupt


class Betas(Callback):
    def __init__(self, betas):
        self.betas = betas

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        for group in net.optimizer_.param_groups:
            group.update(betas=self.betas)


class Holder(Callback):
    """Holds something, which its pickle is to tell."""

    def __init__(self, held):
        self.held = held


@pytest.fixture
def n_trained(monkeypatch):
    """Count the dense phases that are trained."""
    counts = []
    train_dense = run.train_dense

    def counted(jobs, *rest):
        counts.append(len(jobs))
        return train_dense(jobs, *rest)

    monkeypatch.setattr(run, "train_dense", counted)
    return lambda: sum(counts)


@pytest.mark.parametrize("n_networks", [1, 2])
def test_an_interrupted_dense_phase_is_not_cached(tmp_path, monkeypatch, n_networks):
    model = classifier(
        memory=str(tmp_path), n_networks=n_networks, callbacks=[Interrupt()]
    )
    monkeypatch.setattr(Interrupt, "armed", True)
    with pytest.warns(UserWarning, match="interrupted by user"):
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, y)
    monkeypatch.setattr(Interrupt, "armed", False)
    model.fit(X, y)
    whole = classifier(n_networks=n_networks, callbacks=[Interrupt()]).fit(X, y)
    assert model.n_iter_ == whole.n_iter_
    np.testing.assert_array_equal(model.predict_proba(X), whole.predict_proba(X))


def test_a_callback_that_changes_training_is_part_of_the_key(tmp_path):
    for betas in [(0.9, 0.999), (0.1, 0.5)]:
        parameters = {"callbacks": [Betas(betas)], "sparsity": 0}
        cached = classifier(memory=str(tmp_path), **parameters).fit(X, y)
        afresh = classifier(**parameters).fit(X, y)
        np.testing.assert_array_equal(cached.predict_proba(X), afresh.predict_proba(X))


BETAS = """
from skorch.callbacks import Callback

class Hidden(Callback):
    def on_train_begin(self, net, X=None, y=None, **kwargs):
        for group in net.optimizer_.param_groups:
            group.update(betas={})
"""


def test_so_is_the_code_of_its_class(tmp_path, monkeypatch):
    import importlib
    import sys

    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    found = []
    for betas in ["(0.9, 0.999)", "(0.1, 0.5)"]:
        (tmp_path / "hidden_betas.py").write_text(BETAS.format(betas))
        sys.modules.pop("hidden_betas", None)
        importlib.invalidate_caches()
        callback = importlib.import_module("hidden_betas").Hidden()
        model = classifier(
            memory=str(tmp_path), callbacks=[callback], sparsity=0, max_iter=5
        )
        found.append(model.fit(X, y).predict_proba(X))
    sys.modules.pop("hidden_betas")
    assert np.abs(found[0] - found[1]).max() > 1e-3


def held(kind, tmp_path):
    """Return something that has no pickle."""
    if kind == "lambda":
        return lambda: 0
    if kind == "lock":
        return threading.Lock()
    if kind == "nested lock":
        # joblib hashes it even so, and gives all such objects one hash.
        return {"logger": Holder(threading.Lock())}
    return open(tmp_path / "open", "w")  # noqa: SIM115


@pytest.mark.parametrize("kind", ["lambda", "lock", "nested lock", "file"])
def test_a_callback_without_a_pickle_is_not_cached(tmp_path, n_trained, kind):
    holder = Holder(held(kind, tmp_path))
    model = classifier(memory=str(tmp_path), callbacks=[holder])
    first, second = (model.fit(X, y).predict_proba(X) for _ in range(2))
    assert n_trained() == 2
    np.testing.assert_array_equal(first, second)
    if kind == "file":
        holder.held.close()


def test_one_dense_phase_serves_all_that_comes_after(tmp_path, n_trained):
    grid = [
        {},
        {"sparsity": 0.3},
        {"sparsity": 0.9, "n_keep": 9},
        {"criterion": "magnitude"},
        {"schedule": "one_shot", "regrow": "soft"},
        {"prune_iter": 3},
        {"granularity": "unit", "scope": "layer"},
        {"callbacks": []},
    ]
    for parameters in grid:
        found = classifier(memory=str(tmp_path), **parameters).fit(X, y)
        afresh = classifier(**parameters).fit(X, y)
        np.testing.assert_array_equal(found.predict_proba(X), afresh.predict_proba(X))
    # One through the cache; each of the others trains its own.
    assert n_trained() == 1 + len(grid)


def test_several_networks_share_theirs(tmp_path, n_trained):
    for sparsity in (0.3, 0.6):
        classifier(memory=str(tmp_path), n_networks=3, sparsity=sparsity).fit(X, y)
    assert n_trained() == 3


def test_a_search_trains_each_fold_once(tmp_path, n_trained):
    model = classifier(
        memory=Memory(tmp_path, verbose=0), callbacks=[Betas((0.8, 0.9))]
    )
    GridSearchCV(model, {"sparsity": [0.2, 0.5, 0.8]}, cv=3, refit=False).fit(X, y)
    assert n_trained() == 3


def test_a_phase_that_a_callback_of_scikit_learn_ends_is_not_cached(tmp_path):
    class Enough:
        """Ends every phase after its first epoch."""

        max_propagation_depth = 0

        def setup(self, estimator, context):
            """Take note of nothing."""

        def teardown(self, estimator, context):
            """Take note of nothing."""

        def on_fit_task_begin(self, estimator, context):
            """Take note of nothing."""

        def on_fit_task_end(self, estimator, context):
            return context.task_name == "epoch"

    short = classifier(memory=str(tmp_path))
    short.set_callbacks(Enough()).fit(X, y)
    whole = classifier(memory=str(tmp_path)).fit(X, y)
    assert whole.n_iter_ > short.n_iter_
    assert clone(whole).fit(X, y).n_iter_ == classifier().fit(X, y).n_iter_
