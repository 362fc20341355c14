"""A fit succeeds whole, or leaves what was there."""

import pickle

import numpy as np
import pytest
from instances import classifier, regressor
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from skorch.callbacks import Callback

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore:overflow encountered in cast",
)

X, y = make_classification(60, 5, random_state=0)


class Fail(Callback):
    """Raises in a phase."""

    def __init__(self, phase):
        self.phase = phase

    def on_epoch_end(self, net, **kwargs):
        if net.history[-1]["phase"] == self.phase:
            raise RuntimeError("the callback failed")


def letters(n_rows, kinds="abc"):
    return np.array(list(kinds))[np.arange(n_rows) % len(kinds)]


BAD = {
    "y of other classes, X that is not finite": (X * np.nan, letters(60), {}),
    "fewer y": (X, letters(59), {}),
    "continuous y": (X, X[:, 0], {}),
    "other columns, loss not finite": (np.tile(X, 2) * 1e37, letters(60), {}),
    "a parameter out of range": (X[:, :3], letters(60), {"sparsity": 2.0}),
    "two amounts": (X[:, :3], letters(60), {"n_keep": 3, "threshold": 0.1}),
    "a device that is not there": (X[:, :3], letters(60), {"device": "nonsense"}),
    "a callback in the dense phase": (
        X[:, :3],
        letters(60),
        {"callbacks": [Fail("dense")]},
    ),
    "a callback in the pruning phase": (
        X[:, :3],
        letters(60),
        {"callbacks": [Fail("pruning")]},
    ),
}


def told(model):
    """Return all that a user reads of a fitted classifier."""
    return pickle.dumps(
        (
            model.classes_,
            model.n_features_in_,
            model.n_outputs_,
            model.out_activation_,
            model.predict_proba(X),
            model.predict(X),
            model.n_iter_,
            model.feature_importances_,
            model.sparsity_,
        )
    )


@pytest.mark.parametrize("n_networks", [1, 2])
@pytest.mark.parametrize("case", BAD)
def test_a_refit_that_fails_leaves_what_was_there(case, n_networks):
    rows, targets, parameters = BAD[case]
    model = classifier(n_networks=n_networks).fit(X, y)
    before, names = told(model), set(vars(model))
    with pytest.raises((ValueError, RuntimeError)):
        model.set_params(**parameters).fit(rows, targets)
    assert told(model) == before
    assert set(vars(model)) == names
    undone = {name: classifier().get_params()[name] for name in parameters}
    again = model.set_params(**undone).fit(X, y)
    assert told(again) == before


WARM = {
    "fewer y": (X, y[:-1], {}),
    "fewer classes": (X, np.zeros(60, int), {}),
    "other columns": (X[:, :3], y, {}),
    "loss not finite": (X * 1e37, y, {}),
    "other layers": (X, y, {"hidden_layer_sizes": (5,)}),
    "a callback": (X, y, {"callbacks": [Fail("pruning")]}),
}


@pytest.mark.parametrize("n_networks", [1, 2])
@pytest.mark.parametrize("case", WARM)
def test_so_does_a_warm_start_that_fails(case, n_networks):
    rows, targets, parameters = WARM[case]
    model = classifier(warm_start=True, n_networks=n_networks).fit(X, y)
    before = told(model)
    with pytest.raises((ValueError, RuntimeError)):
        model.set_params(**parameters).fit(rows, targets)
    assert told(model) == before


@pytest.mark.parametrize("case", BAD)
def test_an_unfitted_estimator_stays_unfitted(case):
    rows, targets, parameters = BAD[case]
    model = classifier(**parameters)
    names = set(vars(model))
    with pytest.raises((ValueError, RuntimeError)):
        model.fit(rows, targets)
    assert set(vars(model)) == names
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_a_regressor_keeps_the_size_of_its_target():
    model = regressor().fit(X, 1000 * X[:, 0])
    before = model.predict(X)
    with pytest.raises(ValueError, match="not finite"):
        model.fit(X * 1e37, X[:, 0])
    np.testing.assert_array_equal(model.predict(X), before)
