"""The network of a fitted estimator: what it keeps, predicts and learns."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from instances import classifier, regressor
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import make_classification
from sklearn.model_selection import cross_val_score
from skorch.callbacks import Callback, EpochScoring, LRScheduler

from skprune import PrunedLSTMRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SHORT = {"max_iter": 6, "prune_iter": 4, "tol": 0.0}
X, y = make_classification(105, 5, n_informative=4, n_redundant=0, random_state=0)
X = X.astype(np.float32)
NAMES = np.array(["good", "bad"])[y]
NUMBERS = 1e3 + 50.0 * X[:, 0].astype(float) + X[:, 1] ** 2
PAIR = np.stack([NUMBERS, 1e-6 * X[:, 2]], axis=1)
LSTM = PrunedLSTMRegressor((4,), max_iter=4, prune_iter=4, random_state=0)
REGRESSIONS = [
    (regressor(), NUMBERS),
    (regressor(), PAIR),
    (regressor(), 1e20 * NUMBERS),
    (regressor(loss="poisson"), NUMBERS),
    (LSTM, NUMBERS),
]


@pytest.mark.parametrize(
    ("model", "target"), [(classifier(), y), (classifier(), NAMES)]
)
def test_it_decides_and_scores_as_the_estimator_does(model, target):
    model = clone(model).fit(X, target)
    assert is_classifier(model.net_)
    np.testing.assert_array_equal(model.net_.classes_, model.classes_)
    np.testing.assert_array_equal(model.net_.predict(X), model.predict(X))
    assert model.net_.score(X, target) == model.score(X, target)


@pytest.mark.parametrize(("model", "target"), REGRESSIONS)
def test_it_predicts_in_the_units_of_the_target(model, target):
    model = clone(model).fit(X, target)
    assert is_regressor(model.net_) and not hasattr(model.net_, "classes_")
    predicted = model.predict(X)
    size = np.abs(predicted).max(axis=0)
    np.testing.assert_allclose(
        model.net_.predict(X) / size, predicted / size, rtol=1e-4
    )


@pytest.mark.parametrize(("model", "target"), REGRESSIONS)
def test_it_goes_on_from_what_the_fit_has_learnt(model, target):
    model = clone(model).fit(X, target)
    net = model.net_.set_params(max_epochs=1, lr=1e-5)
    net.partial_fit(X, target)
    loss = net.history[-1, "train_loss"]
    # By the labels: a pruned LSTM has learnt from what the dense one says.
    assert loss == pytest.approx(model.pruning_report_.pruned.loss, rel=0.3)


def test_data_frames_and_doubles_are_rows_too():
    model = classifier(**SHORT).fit(pd.DataFrame(X), y)
    expected = model.net_.predict_proba(X)
    for rows in (pd.DataFrame(X), X.astype(np.float64), X.tolist()):
        np.testing.assert_array_equal(model.net_.predict_proba(rows), expected)


def test_forward_gives_outputs():
    model = classifier(**SHORT).fit(X, y)
    outputs = model.net_.forward(X)
    assert outputs.shape == (len(X), 1)
    np.testing.assert_allclose(
        outputs.sigmoid()[:, 0], model.predict_proba(X)[:, 1], rtol=1e-5
    )


@pytest.mark.parametrize("target", [NAMES, np.searchsorted(np.unique(NAMES), NAMES)])
def test_it_learns_labels_and_their_indices(target):
    score = EpochScoring("accuracy", lower_is_better=False, on_train=True)
    model = classifier(**SHORT, callbacks=[score]).fit(X, NAMES)
    net = model.net_.set_params(max_epochs=20).fit(X, target)
    assert net.history[-1, "accuracy"] >= net.score(X, NAMES) - 0.1 > 0.6
    assert set(net.predict(X)) == set(NAMES)


def test_it_refuses_what_is_neither():
    net = classifier(**SHORT).fit(X, NAMES).net_
    with pytest.raises(ValueError, match="neither classes, which are.*ugly"):
        net.fit(X, np.where(y == 0, "ugly", "good"))


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_removed_weights_stay_zero(method):
    model = classifier(**SHORT).fit(X, y)
    net = model.net_.set_params(max_epochs=5)
    before = [p.detach().clone() for p in net.module_.parameters()]
    getattr(net, method)(X, y)
    after = [p.detach() for p in net.module_.parameters()]
    zeros = [(p == 0) for p in before if p.ndim > 1]
    assert any(z.any() for z in zeros)
    for old, new in zip(before, after, strict=True):
        assert not old.equal(new)
        assert old.ndim == 1 or not new[old == 0].any()


def test_it_is_one_object_until_the_estimator_learns():
    model = classifier(**SHORT).fit(X, y)
    net = model.net_
    assert model.net_ is net
    model.fit(X, 1 - y)
    assert model.net_ is not net
    np.testing.assert_allclose(
        model.net_.predict_proba(X), model.predict_proba(X), atol=1e-6
    )


def test_what_callbacks_have_learnt_is_left_alone():
    class Log(Callback):
        def initialize(self):
            self.losses = []
            return self

        def on_epoch_end(self, net, **kwargs):
            self.losses.append(net.history[-1, "train_loss"])

    log = Log()
    model = classifier(**SHORT, callbacks=[log]).fit(X, y)
    assert model.net_.callbacks == [log]
    assert len(log.losses) == model.n_iter_
    model.net_.set_params(max_epochs=2).partial_fit(X, y)
    assert len(log.losses) == model.n_iter_ + 2


def test_a_schedule_of_rates_goes_on_or_starts_anew():
    decay = LRScheduler("ExponentialLR", gamma=0.5)
    net = classifier(**SHORT, callbacks=[decay]).fit(X, y).net_
    net.set_params(max_epochs=2).partial_fit(X, y)
    assert len(net.history[:, "event_lr"]) == 12
    net.fit(X, y)
    assert net.history[:, "event_lr"] == pytest.approx([0.02, 0.01])


def test_copies_and_clones():
    net = classifier(**SHORT).fit(X, y).net_.set_params(lr=0.5)
    expected = net.predict_proba(X)
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(twin.predict_proba(X), expected)
        twin.fit(X, y)
    np.testing.assert_array_equal(net.predict_proba(X), expected)
    fresh = clone(net)
    assert fresh.get_params(deep=False).keys() == net.get_params(deep=False).keys()
    assert np.isfinite(cross_val_score(fresh.set_params(lr=0.01), X, y, cv=2)).all()


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd"])
def test_it_learns_by_the_solver_of_the_estimator(solver):
    model = classifier(**{**SHORT, "batch_size": "auto"}, solver=solver).fit(X, y)
    net = model.net_
    assert net.optimizer.__name__.lower() == solver
    assert np.isfinite(net.fit(X, y).history[:, "train_loss"]).all()


class Strange(Callback):
    """Records what is no number, in some epochs and batches only."""

    def on_batch_end(self, net, training, **kwargs):
        if len(net.history[-1, "batches"]) == 2:
            net.history.record_batch("odd", {"a": [1, "b"]})

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) % 3 == 0:
            net.history.record("third", [len(net.history)])
        net.history.record("text", f"epoch {len(net.history)}")
        net.history.record("flag", len(net.history) > 2)


def test_whatever_is_recorded_comes_back():
    live: list = []

    class Keep(Callback):
        def on_train_end(self, net, **kwargs):
            live[:] = copy.deepcopy(net.history.to_list())

    model = classifier(**SHORT, callbacks=[Strange(), Keep()]).fit(X, y)
    stored = pickle.loads(pickle.dumps(model._history)).rows()
    left_out = {"judged", "ranked", "train_batch_count", "sparsity"}
    assert len(stored) == len(live)
    for row, expected in zip(stored, live, strict=True):
        assert row.keys() >= expected.keys() - left_out
        assert all(row[name] == expected[name] for name in row.keys() - left_out)


def test_the_estimator_stays_small_and_free_of_torch():
    def size(**parameters):
        model = classifier(
            hidden_layer_sizes=(256,), granularity="unit", **SHORT, **parameters
        )
        model.fit(X, y)
        model.net_.set_params(lr=1.0)
        return len(pickle.dumps(model)), model

    plain, model = size()
    decay = LRScheduler("ExponentialLR", gamma=0.9)
    score = EpochScoring("accuracy", on_train=True)
    watched, _ = size(callbacks=[score, decay])
    assert watched < plain + 4000
    program = (
        "import pickle, sys; pickle.load(sys.stdin.buffer);"
        "sys.exit('torch' in sys.modules)"
    )
    run = [sys.executable, "-c", program]
    assert subprocess.run(run, input=pickle.dumps(model)).returncode == 0
