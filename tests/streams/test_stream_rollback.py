"""A call that fails leaves the stream as it was."""

import pickle

import numpy as np
import pytest
from skorch.callbacks import Callback

from skprune import (
    PrunedLSTMRegressor,
    PrunedMLPClassifier,
    PrunedMLPRegressor,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.default_rng(0)
X = rng.normal(size=(120, 8)).astype(np.float32)
TARGETS = {
    "classifier": np.where(X[:, 0] > X[:, 1], 1, 0),
    "regressor": 5.0 * X[:, 0] + 100.0,
    "lstm": 5.0 * X[:, 0] + 100.0,
}
SMALL = {"random_state": 0, "max_iter": 5, "prune_iter": 8, "batch_size": 40}
# Dense, in the first epochs of the ramp, recovering, and long after.
CALLS = [1, 4, 7, 11, 16]


def make(kind, **params):
    params = {**SMALL, "sparsity": 0.5, "dropout": 0.2, **params}
    if kind == "lstm":
        return PrunedLSTMRegressor((6,), n_timesteps=4, **params)
    cls = PrunedMLPClassifier if kind == "classifier" else PrunedMLPRegressor
    return cls((16,), **params)


def learn(model, kind, n_calls, **bad):
    known = {"classes": [0, 1]} if kind == "classifier" else {}
    for _ in range(n_calls):
        model.partial_fit(X, TARGETS[kind], **known)
    return model


def spoilt(kind):
    y = TARGETS[kind]
    if kind == "lstm":
        # Its gates take any input.
        return [(X, y * 1e30, None)]
    # The logarithm in a classifier's loss stands more.
    factor = np.float32(1e25 if kind == "classifier" else 1e20)
    found = [(X * factor, y, None)]
    # One batch alone, perhaps after others that were learnt from.
    late = X.copy()
    late[-1] *= factor * np.float32(1e5)
    return [*found, (late, y, None)]


def state(model):
    """Return all that a network has learnt, and what it will draw next."""
    found = []
    for one in model._members():
        stream = one._stream
        step, net = stream.net.step_, stream.net
        found += [net.weights(), stream.order.get_state().numpy()]
        found += [g.get_state().numpy() for g in net.module_.generators()]
        found += [m.numpy().copy() for m in step.moments().values()]
        found += [] if step.movement is None else [step.movement.numpy().copy()]
    return found


@pytest.mark.parametrize("n_calls", CALLS)
@pytest.mark.parametrize("kind", TARGETS)
def test_a_batch_that_is_not_finite_is_as_if_it_had_not_come(kind, n_calls):
    model, other = (learn(make(kind), kind, n_calls) for _ in range(2))
    before = state(model)
    for rows, y, weight in spoilt(kind):
        with pytest.raises(ValueError, match="finite"):
            model.partial_fit(rows, y, weight)
        for now, then in zip(state(model), before, strict=True):
            np.testing.assert_array_equal(now, then)
        assert model.n_iter_ == n_calls
        assert model.t_ == n_calls * len(X)
    for _ in range(6):
        learn(model, kind, 1)
        learn(other, kind, 1)
        np.testing.assert_array_equal(model.predict(X), other.predict(X))
        assert model.sparsity_ == other.sparsity_
    assert model.loss_curve_ == other.loss_curve_
    assert list(model._stream.net.history) == list(other._stream.net.history)


@pytest.mark.parametrize(
    "params",
    [
        {"criterion": "movement"},
        {"solver": "sgd", "learning_rate": "adaptive", "n_iter_no_change": 1},
        {"schedule": "lottery"},
        {"regrow": "gradient"},
        {"n_bits": 4},
        {"n_networks": 3},
        {"granularity": "unit", "criterion": "fisher"},
    ],
    ids=str,
)
@pytest.mark.parametrize("n_calls", [3, 8, 15])
def test_so_it_is_however_the_network_is_pruned(params, n_calls):
    kind = "regressor"
    model, other = (learn(make(kind, **params), kind, n_calls) for _ in range(2))
    for rows, y, weight in spoilt(kind):
        with pytest.raises(ValueError, match="finite"):
            model.partial_fit(rows, y, weight)
    for _ in range(6):
        learn(model, kind, 1)
        learn(other, kind, 1)
    np.testing.assert_array_equal(model.predict(X), other.predict(X))


# A first call's targets have the scale that they have, which is the LSTM's case.
@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_a_first_call_that_fails_begins_nothing(kind):
    model = make(kind)
    known = {"classes": [0, 1]} if kind == "classifier" else {}
    names = set(vars(model))
    for rows, y, weight in spoilt(kind):
        with pytest.raises(ValueError, match="finite"):
            model.partial_fit(rows, y, weight, **known)
    assert set(vars(model)) == names
    np.testing.assert_array_equal(
        learn(model, kind, 3).predict(X), learn(make(kind), kind, 3).predict(X)
    )


class Fails(Callback):
    """Raises in the last batch of one call, in the network of one seed."""

    at = None

    def on_batch_end(self, net, **kwargs):
        if self.at == len(net.history) and len(net.history[-1]["batches"]) == 2:
            raise RuntimeError("a callback's own error")


def test_an_error_of_a_callback_leaves_the_stream_too():
    kind = "classifier"
    callback = Fails()
    model = learn(make(kind, callbacks=[callback], n_networks=2), kind, 6)
    other = learn(make(kind, callbacks=[Fails()], n_networks=2), kind, 6)
    callback.at = 7
    with pytest.raises(RuntimeError, match="own error"):
        learn(model, kind, 1)
    callback.at = None
    np.testing.assert_array_equal(
        learn(model, kind, 4).predict_proba(X), learn(other, kind, 4).predict_proba(X)
    )


def test_one_of_several_networks_that_fails_puts_all_back():
    kind = "classifier"
    model, other = (learn(make(kind, n_networks=3), kind, 6) for _ in range(2))
    last = model.estimators_[-1]._stream.net
    train, last.train_epoch = last.train_epoch, fail
    with pytest.raises(RuntimeError, match="third"):
        learn(model, kind, 1)
    last.train_epoch = train
    np.testing.assert_array_equal(
        learn(model, kind, 4).predict_proba(X), learn(other, kind, 4).predict_proba(X)
    )


def fail(*args):
    raise RuntimeError("the third network's own")


def test_after_a_fit_and_through_a_pickle_too():
    kind = "regressor"
    fitted = make(kind).fit(X, TARGETS[kind])
    streamed = learn(make(kind), kind, 8)
    for model in (fitted, pickle.loads(pickle.dumps(streamed))):
        before = model.predict(X)
        for rows, y, weight in spoilt(kind):
            with pytest.raises(ValueError, match="finite"):
                model.partial_fit(rows, y, weight)
        np.testing.assert_array_equal(model.predict(X), before)
        assert np.isfinite(learn(model, kind, 3).predict(X)).all()


@pytest.mark.parametrize("kind", TARGETS)
def test_a_weight_beyond_float32_is_one_row_that_counts(kind):
    weight = np.ones(len(X))
    weight[-1] = 1e39
    model = learn(make(kind), kind, 2)
    model.partial_fit(X, TARGETS[kind], sample_weight=weight)
    learn(model, kind, 2)
    assert np.isfinite(model.predict(X)).all() and np.isfinite(model.loss_curve_).all()
