"""scikit-learn's tests of its perceptrons, on ours at sparsity 0, and on its own.

Both run under the same edits: what we leave out is left out, and where the tests ask
for lbfgs they get what ``docs/from_mlp.md`` says to write instead. What scikit-learn's
own perceptrons fail under these edits is no difference of ours.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.datasets import load_digits
from sklearn.linear_model import PoissonRegressor
from skorch.callbacks import Callback
from suites import borrow

from skprune import PrunedMLPClassifier, PrunedMLPRegressor

pytestmark = pytest.mark.filterwarnings("default")

LEFT_OUT = {"beta_1", "beta_2", "epsilon", "power_t", "nesterovs_momentum", "max_fun"}
# The tests of lbfgs have at most 200 rows, which batch_size="auto" takes at once.
FOR_LBFGS = {"solver": "adam", "learning_rate_init": 0.01}

NO_LBFGS = (
    "Neither lbfgs nor its max_fun is offered: docs/from_mlp.md says what to write "
    "instead, and that has no count of function calls to limit."
)
EDITS = {
    "test_gradient": (
        "It differentiates scikit-learn's private _loss_grad_lbfgs; our gradients are "
        "torch's, and tests/mlp/test_oracle.py compares them with a plain loop."
    ),
    "test_lbfgs_regression": (
        "200 epochs of Adam at tol=1e-3 end short of the scores that lbfgs reaches."
    ),
    "test_lbfgs_classification_maxfun": NO_LBFGS,
    "test_lbfgs_regression_maxfun": NO_LBFGS,
    "test_partial_fit_errors": (
        "It asks that lbfgs has no partial_fit; Adam, which stands for it, has one."
    ),
    "test_mlp_vs_poisson_glm_equivalent": (
        "200 epochs of Adam end short of four digits; below, more epochs give two."
    ),
}

PRIVATE = (
    "It reads a private attribute of scikit-learn's perceptron ({}); what it asks "
    "for is tested below by what is public."
)
DIFFERENCES = {
    "test_fit": (
        "It writes weights into coefs_ ahead of the first partial_fit; here coefs_ is "
        "read from the compact network that is stored, and cannot be written."
    ),
    "test_learning_rate_warmstart": PRIVATE.format("_optimizer"),
    "test_adaptive_learning_rate": PRIVATE.format("_optimizer"),
    "test_n_iter_no_change": PRIVATE.format("_no_improvement_count"),
    "test_n_iter_no_change_inf": PRIVATE.format("_no_improvement_count"),
    "test_partial_fit_regression": (
        "It compares fit and partial_fit to seven digits; training is in single "
        "precision, where the two agree to five."
    ),
    "test_nonfinite_params": (
        "Inputs near the largest double do not fit into single precision, and are "
        "refused by name before training, not by what they do to the weights."
    ),
    "test_verbose_sgd": (
        "A line names phase and epoch, 'dense, epoch 1 of 20', not an 'Iteration'."
    ),
    "test_early_stopping_stratified": (
        "A class too small to split is named as in y, where scikit-learn names the "
        "column True of the target that it has binarised."
    ),
    "test_mlp_diverging_loss": (
        "A loss that is no longer finite ends the fit with an error that says what "
        "to do, where scikit-learn keeps a network that predicts NaN."
    ),
}


def edited(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what a user of ours would write for scikit-learn's parameters."""
    kept = {k: v for k, v in parameters.items() if k not in LEFT_OUT}
    return kept | FOR_LBFGS if kept.get("solver") == "lbfgs" else kept


def maker(cls: type, name: str, **fixed: Any) -> Callable[..., Any]:
    """Return a stand-in for the class of that name, under the edits."""

    def make(*args: Any, **parameters: Any) -> Any:
        return cls(*args, **edited(parameters), **fixed)

    make.__name__ = name
    return make


def suite(classifier: type, regressor: type, expected: dict[str, str], **fixed: Any):
    estimators = {
        "MLPClassifier": maker(classifier, "MLPClassifier", **fixed),
        "MLPRegressor": maker(regressor, "MLPRegressor", **fixed),
    }
    module = "sklearn.neural_network.tests.test_mlp"
    return borrow(module, {"sklearn.neural_network": estimators}, expected)


TestPruned = suite(
    PrunedMLPClassifier, PrunedMLPRegressor, EDITS | DIFFERENCES, sparsity=0.0
)
TestScikitLearn = suite(
    neural_network.MLPClassifier, neural_network.MLPRegressor, EDITS
)


def test_a_class_too_small_to_split_is_named():
    net = PrunedMLPClassifier(early_stopping=True, sparsity=0.0)
    with pytest.raises(ValueError, match=r"too few members are: \['good'\]"):
        net.fit([[1, 2], [2, 3], [3, 4], [4, 5]], ["bad", "bad", "bad", "good"])


# What the tests that read private attributes ask for, by what is public.


@pytest.mark.parametrize("n_iter_no_change", [2, 5, 10, 50])
def test_training_stops_where_scikit_learn_stops(n_iter_no_change):
    X, y = load_digits(n_class=2, return_X_y=True)
    X, y = X[:100] / 16, y[:100]
    settings = {"solver": "sgd", "tol": 0.01, "max_iter": 3000, "random_state": 1}
    settings |= {"n_iter_no_change": n_iter_no_change}
    ours = PrunedMLPClassifier(**settings, sparsity=0.0).fit(X, y)
    assert ours.n_iter_ == neural_network.MLPClassifier(**settings).fit(X, y).n_iter_


class Rates(Callback):
    """Notes the rate of each epoch."""

    noted: list = []

    def on_epoch_end(self, net, **kwargs):
        self.noted.append(net.optimizer_.param_groups[0]["lr"])


@pytest.fixture
def rates():
    Rates.noted.clear()
    return Rates.noted


def test_the_adaptive_rate_ends_where_scikit_learns_does(rates):
    settings = {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.5}
    settings |= {"max_iter": 3000, "random_state": 0}
    X, y = [[3, 2], [1, 6]], [1, 0]
    theirs = neural_network.MLPClassifier(**settings).fit(X, y)
    PrunedMLPClassifier(**settings, sparsity=0.0, callbacks=[Rates()]).fit(X, y)
    assert len(rates) == theirs.n_iter_
    assert rates[-1] == pytest.approx(theirs._optimizer.learning_rate)


def test_the_inverse_rate_falls_with_the_rows_seen(rates):
    X, y = [[3, 2], [1, 6], [5, 6], [-2, -4]], [1, 1, 1, 0]
    settings = {"solver": "sgd", "learning_rate": "invscaling", "max_iter": 3}
    PrunedMLPClassifier(**settings, sparsity=0.0, callbacks=[Rates()]).fit(X, y)
    assert rates == pytest.approx([0.001, 0.001 / 5**0.5, 0.001 / 9**0.5])


def test_poisson_loss_equals_the_generalised_linear_model():
    X = np.linspace(0, 1, 100).reshape(-1, 1)
    y = np.random.default_rng(42).poisson(np.exp(X[:, 0] + 1))
    linear = {"hidden_layer_sizes": (1,), "activation": "identity", "alpha": 0.0}
    longer = {"max_iter": 4000, "tol": 1e-7, "learning_rate_init": 0.01}
    net = PrunedMLPRegressor(
        loss="poisson", **linear, **longer, random_state=43, sparsity=0.0
    )
    expected = PoissonRegressor(alpha=0, tol=1e-7).fit(X, y).predict(X)
    np.testing.assert_allclose(net.fit(X, y).predict(X), expected, rtol=1e-2)
