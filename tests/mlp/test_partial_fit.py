"""Dense training, pruning and recovery over a stream."""

import pickle

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier
from skorch.callbacks import Callback

from skprune import PrunedMLPClassifier, PrunedMLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def chunks():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 8)).astype(np.float32)
    y = np.where(X[:, 0] + X[:, 1] * X[:, 2] > 0, "bad", "good")
    return [(X[i : i + 200], y[i : i + 200]) for i in range(0, 2000, 200)]


def stream(model, chunks, n_calls, start=0):
    for i in range(start, start + n_calls):
        X, y = chunks[i % len(chunks)]
        model.partial_fit(X, y, classes=["bad", "good"])
    return model


def small(**params):
    return PrunedMLPClassifier(
        (16,), random_state=0, max_iter=8, prune_iter=6, sparsity=0.8, **params
    )


def test_stages_follow_each_other(chunks):
    model = stream(small(), chunks, 8)
    assert model.sparsity_ == 0.0
    stream(model, chunks, 1, 8)
    assert 0.0 < model.sparsity_ < 0.8
    stream(model, chunks, 2, 9)
    assert model.sparsity_ == pytest.approx(0.8, abs=0.005)
    masks = model.masks_
    stream(model, chunks, 20, 11)
    assert model.sparsity_ == pytest.approx(0.8, abs=0.005)
    for name, mask in model.masks_.items():
        np.testing.assert_array_equal(mask, masks[name])


def test_counts_rows_and_epochs(chunks):
    model = stream(small(), chunks, 12)
    assert model.t_ == 12 * 200
    assert model.n_iter_ == len(model.loss_curve_) == 12


def test_pickled_in_mid_stream_keeps_what_is_gone(chunks):
    model = pickle.loads(pickle.dumps(stream(small(), chunks, 14)))
    X, _ = chunks[0]
    before = model.predict_proba(X)
    masks = model.masks_
    stream(model, chunks, 1, 14)
    for name, mask in model.masks_.items():
        np.testing.assert_array_equal(mask, masks[name])
    # One more pass moves the network, but does not start it afresh.
    assert 0 < np.abs(model.predict_proba(X) - before).mean() < 0.1


def test_goes_on_after_fit(chunks):
    X, y = map(np.concatenate, zip(*chunks, strict=True))
    model = small().fit(X, y)
    masks, score = model.masks_, model.score(X, y)
    model.partial_fit(X, y)
    for name, mask in model.masks_.items():
        np.testing.assert_array_equal(mask, masks[name])
    assert model.score(X, y) > score - 0.05


def test_fit_starts_afresh_after_a_stream(chunks):
    X, y = chunks[0]
    streamed = stream(small(), chunks, 3).fit(X, y)
    np.testing.assert_array_equal(
        streamed.predict_proba(X), small().fit(X, y).predict_proba(X)
    )


def test_is_bit_equal_twice(chunks):
    X, _ = chunks[0]
    first, second = (stream(small(), chunks, 12).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_first_call_may_lack_a_class(chunks):
    X, y = chunks[0]
    bad = y == "bad"
    model = small().partial_fit(X[bad], y[bad], classes=["bad", "good"])
    model.partial_fit(X, y)
    assert model.predict_proba(X).shape == (200, 2)


def test_refuses_what_scikit_learn_refuses(chunks):
    X, y = chunks[0]
    for cls in (PrunedMLPClassifier, MLPClassifier):
        with pytest.raises(ValueError, match="classes must be passed on the first"):
            cls().partial_fit(X, y)
        with pytest.raises(ValueError, match="does not support early_stopping=True"):
            cls(early_stopping=True).partial_fit(X, y, classes=["bad", "good"])
    with pytest.raises(ValueError, match="sparsity='auto'"):
        PrunedMLPClassifier(sparsity="auto").partial_fit(X, y, classes=["bad", "good"])


def test_regressor_learns_from_a_stream():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 5))
    y = 100.0 * X[:, 0] + 1000.0
    model = PrunedMLPRegressor(
        (16,),
        random_state=0,
        max_iter=30,
        prune_iter=20,
        sparsity=0.5,
        learning_rate_init=0.01,
    )
    for i in range(60):
        at = slice(i * 400 % 4000, i * 400 % 4000 + 400)
        model.partial_fit(X[at], y[at])
    assert model.score(X, y) > 0.9
    assert model.sparsity_ == pytest.approx(0.5, abs=0.01)


class InterruptBatch(Callback):
    """Presses Ctrl-C in the second batch of one call."""

    def __init__(self, call):
        self.call = call

    def on_batch_end(self, net, **kwargs):
        if len(net.history) == self.call and len(net.history[-1]["batches"]) == 2:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("call", "stage"), [(1, "dense"), (5, "dense"), (11, "pruning"), (16, "pruning")]
)
def test_ctrl_c_leaves_a_model_that_learns_on(chunks, call, stage):
    model = small(batch_size=50, callbacks=[InterruptBatch(call)])
    stream(model, chunks, call - 1)
    with pytest.warns(UserWarning, match=f"interrupted by user in the {stage} phase"):
        stream(model, chunks, 1, call - 1)
    # The call that was cut short counts neither as a pass nor in rows.
    assert model.n_iter_ == len(model.loss_curve_) == call - 1
    assert model.t_ == 200 * (call - 1)
    assert (model.sparsity_ > 0) == (stage == "pruning")
    assert model.predict_proba(chunks[0][0]).shape == (200, 2)
    pickle.loads(pickle.dumps(model))
    stream(model, chunks, 20, call)
    assert model.n_iter_ == call - 1 + 20
    assert model.sparsity_ == pytest.approx(0.8, abs=0.005)
