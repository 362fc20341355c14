"""What a stream offers is worked out when it is asked for."""

import copy
import pickle
import threading

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted
from skorch.callbacks import Callback

from skprune import PrunedMLPClassifier, PrunedMLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.default_rng(0)
X = rng.normal(size=(200, 8)).astype(np.float32)
y = (X[:, 0] > 0).astype(int)
LATER = ("_predictor", "_units", "_mask_bits")
REPORT = ("pruning_report_", "feature_importances_")


def stream(n_calls, **params):
    known = {"random_state": 0, "max_iter": 4, "prune_iter": 4, "sparsity": 0.5}
    model = PrunedMLPClassifier((16,), **{**known, **params})
    for _ in range(n_calls):
        model.partial_fit(X, y, classes=[0, 1])
    return model


@pytest.fixture
def work(monkeypatch):
    """Count compactions and reports."""
    from skprune.estimator import jobs

    done = {"compacted": 0, "summarise": 0}

    def counted(name):
        plain = getattr(jobs, name)

        def call(*args, **kwargs):
            done[name] += 1
            return plain(*args, **kwargs)

        return call

    for name in done:
        monkeypatch.setattr(jobs, name, counted(name))
    return done


@pytest.mark.parametrize("n_networks", [1, 2])
def test_a_call_does_nothing_but_train(work, n_networks):
    model = stream(10, n_networks=n_networks)
    assert model.sparsity_ == pytest.approx(0.5, abs=0.01)
    assert model.n_iter_ == 10
    check_is_fitted(model)
    assert work == {"compacted": 0, "summarise": 0}
    for _ in range(2):
        model.predict(X)
        assert model.n_nonzero_ > 0
    assert work == {"compacted": n_networks, "summarise": 0}
    for _ in range(2):
        assert model.pruning_report_.pruned.nonzeros == model.n_nonzero_
        assert model.feature_importances_.shape == (8,)
    assert work == {"compacted": 2 * n_networks, "summarise": n_networks}


@pytest.mark.parametrize("n_networks", [1, 2])
@pytest.mark.parametrize("n_calls", [2, 6, 10])
def test_what_is_asked_for_late_is_what_it_was_at_once(n_calls, n_networks):
    late = stream(n_calls, n_networks=n_networks)
    at_once = stream(0, n_networks=n_networks)
    for _ in range(n_calls):
        at_once.partial_fit(X, y, classes=[0, 1])
        assert at_once.pruning_report_.evaluated_on == "training"
        at_once.predict(X)
    assert late.pruning_report_ == at_once.pruning_report_
    np.testing.assert_array_equal(
        late.feature_importances_, at_once.feature_importances_
    )
    np.testing.assert_array_equal(late.predict_proba(X), at_once.predict_proba(X))


def test_the_report_is_on_the_rows_of_the_call_whatever_became_of_them():
    model, other = stream(9), stream(9)
    buffer = X.copy()
    model.partial_fit(buffer, y)
    buffer[:] = 1e3
    assert model.pruning_report_ == other.partial_fit(X, y).pruning_report_


def test_attributes_are_missing_before_the_first_call_alone():
    names = (*LATER, *REPORT, "masks_", "coefs_", "n_nonzero_", "sparsity_", "net_")
    model = stream(0)
    assert not any(hasattr(model, name) for name in names)
    with pytest.raises(NotFittedError):
        check_is_fitted(model)
    with pytest.raises(AttributeError, match="pruning_report_"):
        _ = model.pruning_report_
    model.partial_fit(X, y, classes=[0, 1])
    assert all(hasattr(model, name) for name in names)


@pytest.mark.parametrize("n_networks", [1, 2])
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, None])
def test_a_copy_holds_all_and_neither_rows_nor_torch(duplicate, n_networks):
    model = stream(10, n_networks=n_networks)
    data = pickle.dumps(model)
    assert b"torch" not in data
    assert len(data) < 20_000 * n_networks
    one = pickle.loads(data) if duplicate is None else duplicate(model)
    assert "_pending" not in vars(one)
    assert "_stream" not in vars(one)
    assert one.pruning_report_ == model.pruning_report_
    np.testing.assert_array_equal(one.predict_proba(X), model.predict_proba(X))


def test_rows_are_let_go_when_all_is_derived():
    model = stream(10)
    assert "_pending" in vars(model)
    model.predict(X)
    _ = model.pruning_report_
    assert "_pending" not in vars(model)
    assert model._stream.job.rows.X.shape == (0, 8)


@pytest.mark.parametrize("n_bits", [None, 4])
def test_several_threads_may_ask_at_once(n_bits):
    model, other = stream(10, n_bits=n_bits), stream(10, n_bits=n_bits)
    expected = other.predict_proba(X)
    found = []
    ask = [
        threading.Thread(target=lambda: found.append(model.predict_proba(X)))
        for _ in range(8)
    ]
    for thread in ask:
        thread.start()
    for thread in ask:
        thread.join()
    assert len(found) == 8
    for proba in found:
        np.testing.assert_array_equal(proba, expected)


def test_fit_after_a_stream_has_attributes_of_its_own():
    model = stream(10)
    model.fit(X, y)
    assert "_pending" not in vars(model)
    fresh = stream(0).fit(X, y)
    assert model.pruning_report_ == fresh.pruning_report_


@pytest.mark.parametrize("n_networks", [1, 2])
def test_a_warm_fit_forgets_the_stream(n_networks):
    model = stream(10, n_networks=n_networks, warm_start=True)
    model.fit(X, y)
    masks = [one.masks_ for one in model._members()]
    before = model.predict_proba(X)
    model.partial_fit(X, y)
    assert np.abs(model.predict_proba(X) - before).max() < 0.2
    for one, kept in zip(model._members(), masks, strict=True):
        for name, mask in one.masks_.items():
            np.testing.assert_array_equal(mask, kept[name])


class Interrupt(Callback):
    """Presses Ctrl-C once, in the second batch of a call."""

    at = 0

    def on_batch_end(self, net, **kwargs):
        if len(net.history) == self.at and len(net.history[-1]["batches"]) == 2:
            self.at = 0
            raise KeyboardInterrupt


@pytest.mark.parametrize("n_networks", [1, 2])
@pytest.mark.parametrize("at", [3, 6, 12])
def test_ctrl_c_keeps_what_was_learnt_warns_and_is_raised(at, n_networks):
    press = Interrupt()
    params = {"batch_size": 50, "callbacks": [press], "n_networks": n_networks}
    model = stream(at - 1, **params)
    before = model.predict_proba(X)
    press.at = at
    with (
        pytest.warns(UserWarning, match="interrupted by user"),
        pytest.raises(KeyboardInterrupt),
    ):
        model.partial_fit(X, y)
    assert np.abs(model.predict_proba(X) - before).max() > 0
    assert model.n_iter_ == at - 1
    model.partial_fit(X, y)
    assert model.n_iter_ == at


def test_ctrl_c_keeps_nothing_that_is_not_finite():
    press = Interrupt()
    target = X[:, 0] * 5.0
    model = PrunedMLPRegressor((16,), batch_size=50, callbacks=[press], random_state=0)
    model.partial_fit(X, target).partial_fit(X, target)
    before = model.predict(X)
    press.at = 3
    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(X * np.float32(1e20), target)
    np.testing.assert_array_equal(model.predict(X), before)
    assert np.isfinite(model.partial_fit(X, target).loss_)
