"""What can't be pruned is refused before anything is done, with the reason."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from skorch import NeuralNetClassifier, NeuralNetRegressor
from torch import nn

from skprune import prune

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = make_classification(60, 6, n_informative=4, n_classes=3, random_state=0)
NUMBERS = X[:, 0] + 0.5
SOURCE = MLPClassifier((4,), max_iter=2, random_state=0)
REGRESSOR = MLPRegressor(hidden_layer_sizes=(4,), max_iter=2, random_state=0)


@pytest.fixture
def fitted():
    return SOURCE.fit(X, Y)


def network(*parts, n_outputs=3):
    return nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, n_outputs), *parts)


@pytest.mark.parametrize(
    "source",
    [
        MLPClassifier(),
        MLPRegressor(),
        NeuralNetClassifier(network()),
    ],
    ids=lambda source: type(source).__name__,
)
def test_what_is_not_fitted(source):
    with pytest.raises(NotFittedError, match=type(source).__name__):
        prune(source, X, Y)


@pytest.mark.parametrize(
    "source", [LogisticRegression(), make_pipeline(SOURCE), None, SOURCE.fit]
)
def test_what_is_no_network(source):
    with pytest.raises(TypeError, match=r"MLPClassifier.*pipe\[:-1\]"):
        prune(source, X, Y)


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


LINEAR = nn.Linear(6, 6)
UNKNOWN = {
    "convolution": (nn.Sequential(nn.Conv1d(1, 1, 3)), "begin with a Linear"),
    "nothing": (nn.Sequential(), "begin with a Linear"),
    "activation first": (nn.Sequential(nn.ReLU(), LINEAR), "not with ReLU"),
    "normalisation": (nn.Sequential(LINEAR, nn.BatchNorm1d(6), LINEAR), "BatchNorm1d"),
    "other activation": (nn.Sequential(LINEAR, nn.GELU(), LINEAR), "GELU"),
    "two": (nn.Sequential(LINEAR, nn.ReLU(), nn.Tanh(), LINEAR), "Only one of"),
    "mixed": (
        nn.Sequential(LINEAR, nn.ReLU(), LINEAR, LINEAR),
        r"same activation, got \['identity', 'relu'\]",
    ),
    "rectified at last": (network(nn.ReLU()), "ReLU"),
    "softmax over rows": (network(nn.Softmax(dim=0)), r"Softmax\(dim=0\)"),
    "own forward": (Residual(LINEAR), "Residual has a forward of its own"),
    "module": (nn.Bilinear(6, 6, 3), "begin with a Linear"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_other_layers(case):
    source, message = UNKNOWN[case]
    with pytest.raises(ValueError, match=message):
        prune(source, X, Y)


def of_skorch(module):
    return NeuralNetRegressor(module).initialize()


LABELS = np.eye(3, dtype=int)[Y]
OUTPUTS = {
    "too few classes": (network(n_outputs=4), Y + 2, "4 classes apart, but y has 3"),
    "classes of one output": (network(nn.Sigmoid(), n_outputs=1), Y, "2 classes apart"),
    "labels of a softmax": (
        network(nn.Softmax(1)),
        np.eye(3, dtype=int)[Y],
        "logistic",
    ),
    "classes of sigmoids": (network(nn.Sigmoid()), Y, "must end in softmax"),
    "numbers of sigmoids": (network(nn.Sigmoid()), NUMBERS, "Unknown label type"),
    "numbers by skorch": (of_skorch(network(nn.Sigmoid())), NUMBERS, "numbers"),
    "number of outputs": (network(), NUMBERS, "1 outputs, but the network has 3"),
    "number of labels": (network(), np.eye(4, dtype=int)[Y], "with 3 labels"),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_other_targets(case):
    source, y, message = OUTPUTS[case]
    with pytest.raises(ValueError, match=message):
        prune(source, X, y)


def test_other_classes(fitted):
    with pytest.raises(ValueError, match="classes not in `self.classes_`"):
        prune(fitted, X, Y + 1)
    with pytest.raises(ValueError, match="one column"):
        prune(fitted, X, LABELS)
    with pytest.raises(ValueError, match="2 outputs, but the network has 1"):
        prune(REGRESSOR.fit(X, NUMBERS), X, X[:, :2])


def test_other_columns(fitted):
    with pytest.raises(ValueError, match="5 columns, but the network reads 6"):
        prune(fitted, X[:, :5], Y)
    named = SOURCE.fit(pd.DataFrame(X, columns=list("abcdef")), Y)
    with pytest.raises(ValueError, match="feature names"):
        prune(named, pd.DataFrame(X, columns=list("abcdeg")), Y)


@pytest.mark.parametrize("name", ["hidden_layer_sizes", "activation", "warm_start"])
def test_parameters_that_say_nothing_here(fitted, name):
    with pytest.raises(ValueError, match=rf"Leave out .*{name} \("):
        prune(fitted, X, Y, **{name: True})


def test_other_parameters(fitted):
    with pytest.raises(ValueError, match="'sparsity' parameter"):
        prune(fitted, X, Y, sparsity=2.0)
    with pytest.raises(TypeError, match="loss"):
        prune(fitted, X, Y, loss="poisson")
    with pytest.raises(ValueError, match="'loss' parameter"):
        prune(REGRESSOR.fit(X, NUMBERS), X, NUMBERS, loss="hinge")
    with pytest.raises(ValueError, match="by identity, those of loss='poisson'"):
        prune(REGRESSOR.fit(X, NUMBERS), X, NUMBERS, loss="poisson")
    with pytest.raises(ValueError, match="movement"):
        prune(fitted, X, Y, criterion="movement")


@pytest.mark.parametrize("value", [1e40, np.nan])
def test_weights_that_float32_does_not_hold(fitted, value):
    fitted.coefs_[0][0, 0] = value
    with pytest.raises(ValueError, match="not finite in float32"):
        prune(fitted, X, Y)
