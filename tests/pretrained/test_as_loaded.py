"""Before the first cut a network predicts what it did: oracle, the library it is from.

Rows are of float32, as our networks see them.
"""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.neural_network import MLPClassifier, MLPRegressor
from skorch import (
    NeuralNet,
    NeuralNetBinaryClassifier,
    NeuralNetClassifier,
    NeuralNetRegressor,
)
from torch import nn

from skprune import prune
from skprune.networks.module import TORCH_ACTIVATIONS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

DRAWS = np.random.default_rng(0)
X = DRAWS.normal(size=(90, 6)).astype(np.float32)
LEVEL = np.digitize(X[:, 0] + 0.3 * X[:, 1], [-0.6, 0.6])
NUMBERS = np.c_[1e4 * X[:, 0] + 3e4, X[:, 1] ** 2, 1e-3 * X[:, 2]]
EXACT = {"rtol": 1e-6, "atol": 1e-6}

CLASSES = {
    "binary": LEVEL > 0,
    "strings": np.array(["bad", "good"])[(LEVEL > 0).astype(int)],
    "floats": np.where(LEVEL > 0, 2.5, -1.0).round(),
    "multiclass": LEVEL * 10 - 10,
    "objects": np.array(["low", "mid", "top"], object)[LEVEL],
    "multilabel": np.c_[LEVEL > 0, LEVEL > 1, X[:, 2] > 0].astype(int),
}


def shown(model):
    """Return what any network predicts on X, as an array."""
    predict = getattr(model, "predict_proba", model.predict)
    return np.asarray(predict(X))


def drawn(*layers):
    """Return a torch network with large weights, in training mode as it is left."""
    torch.manual_seed(0)
    network = nn.Sequential(*layers)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_()
    return network


def assert_equal_in_units_of(y, given, wanted):
    """Compare predictions, of which float32 has seven digits of their size."""
    unit = np.abs(y).max(0)
    assert given.shape == wanted.shape
    assert_allclose(given / unit, wanted / unit, **EXACT)


def outputs(network):
    with torch.no_grad():
        return network.eval()(torch.from_numpy(X)).numpy()


@pytest.mark.parametrize("activation", sorted(TORCH_ACTIVATIONS))
@pytest.mark.parametrize("target", CLASSES)
def test_classifiers_of_scikit_learn(target, activation):
    y = CLASSES[target]
    source = MLPClassifier((7, 5), activation, max_iter=30, random_state=0).fit(X, y)
    ours = prune(source, X, y, sparsity=0)
    assert_allclose(shown(ours), shown(source), **EXACT)
    assert_array_equal(ours.predict(X), source.predict(X))
    assert_array_equal(ours.classes_, source.classes_)
    assert ours.activation == activation
    assert ours.hidden_layer_sizes == (7, 5)


@pytest.mark.parametrize("activation", sorted(TORCH_ACTIVATIONS))
@pytest.mark.parametrize("y", [NUMBERS, NUMBERS[:, 0]], ids=["several", "one"])
def test_regressors_of_scikit_learn(y, activation):
    source = MLPRegressor(
        hidden_layer_sizes=(7, 5), activation=activation, max_iter=30, random_state=0
    ).fit(X, y)
    ours = prune(source, X, y, sparsity=0)
    assert_equal_in_units_of(y, ours.predict(X), source.predict(X))


def test_rates_of_scikit_learn():
    y = np.round(np.exp(X[:, 0]))
    source = MLPRegressor(loss="poisson", max_iter=30, random_state=0).fit(X, y)
    ours = prune(source, X, y, sparsity=0)
    assert_allclose(ours.predict(X), source.predict(X), rtol=2e-6)
    assert ours.loss == "poisson"


def test_a_target_that_is_constant_here_does_not_make_the_network_so():
    source = MLPRegressor(max_iter=30, random_state=0).fit(X, NUMBERS[:, 1])
    ours = prune(source, X, np.full(len(X), 2.0), sparsity=0)
    assert_allclose(ours.predict(X), source.predict(X), **EXACT)


def test_classes_without_a_row_here_are_still_known():
    source = MLPClassifier(max_iter=30, random_state=0).fit(X, CLASSES["objects"])
    some = LEVEL > 0
    ours = prune(source, X[some], CLASSES["objects"][some], sparsity=0)
    assert_allclose(shown(ours), shown(source), **EXACT)
    assert_array_equal(ours.classes_, source.classes_)


def test_names_of_columns_stay():
    table = pd.DataFrame(X, columns=list("abcdef"))
    source = MLPClassifier(max_iter=5, random_state=0).fit(table, LEVEL)
    ours = prune(source, table, LEVEL, sparsity=0)
    assert_array_equal(ours.feature_names_in_, source.feature_names_in_)


HIDDEN = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "logistic": nn.Sigmoid,
    "identity": nn.Identity,
}


def hidden(activation, n_outputs):
    act = HIDDEN[activation]
    return [
        nn.Flatten(),
        nn.Sequential(nn.Linear(6, 7), act(), nn.Dropout(0.5)),
        nn.Linear(7, 5, bias=False),
        act(),
        nn.Linear(5, n_outputs),
    ]


# Outputs, what follows them, the targets, and what the outputs are as probabilities.
HEADS = {
    "one logit": (1, [], "strings", torch.sigmoid),
    "sigmoid": (1, [nn.Sigmoid()], "binary", lambda p: p),
    "two logits": (2, [], "strings", lambda z: z.softmax(1)),
    "softmax of two": (2, [nn.Softmax(dim=1)], "floats", lambda p: p),
    "logits": (3, [], "objects", lambda z: z.softmax(1)),
    "softmax": (3, [nn.Softmax(dim=-1)], "multiclass", lambda p: p),
    "log-softmax": (3, [nn.LogSoftmax(dim=1)], "multiclass", torch.exp),
    "labels": (3, [], "multilabel", torch.sigmoid),
    "sigmoids": (3, [nn.Sigmoid()], "multilabel", lambda p: p),
}


@pytest.mark.parametrize("activation", HIDDEN)
@pytest.mark.parametrize("head", HEADS)
def test_classifiers_of_torch(head, activation):
    n_outputs, last, target, as_proba = HEADS[head]
    network = drawn(*hidden(activation, n_outputs), *last)
    ours = prune(network, X, CLASSES[target], sparsity=0)
    wanted = as_proba(torch.from_numpy(outputs(network))).numpy()
    found = shown(ours)[:, -1:] if n_outputs == 1 else shown(ours)
    assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)
    assert_array_equal(ours.classes_, expected_classes(CLASSES[target]))


def expected_classes(y):
    return np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])


@pytest.mark.parametrize("activation", HIDDEN)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_regressors_of_torch(n_outputs, activation):
    network = drawn(*hidden(activation, n_outputs))
    y = NUMBERS[:, :n_outputs].squeeze()
    ours = prune(network, X, y, sparsity=0)
    wanted = outputs(network).squeeze()
    assert_equal_in_units_of(y + np.abs(wanted).max(0), ours.predict(X), wanted)


def test_one_output_on_many_whole_numbers_is_a_regressor():
    network = drawn(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 1))
    ours = prune(network, X, LEVEL, sparsity=0)
    assert_allclose(ours.predict(X), outputs(network)[:, 0], **EXACT)


def test_torch_counts_classes_from_zero():
    network = drawn(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3))
    some = LEVEL > 0
    ours = prune(network, X[some], LEVEL[some], sparsity=0)
    assert_array_equal(ours.classes_, [0, 1, 2])
    assert_array_equal(ours.predict(X), outputs(network).argmax(1))


def test_weights_of_double_precision_and_no_hidden_layer():
    network = drawn(nn.Linear(6, 1)).double()
    ours = prune(network, X, NUMBERS[:, 1], sparsity=0)
    wanted = X @ network[0].weight.detach().numpy()[0] + network[0].bias.item()
    assert_allclose(ours.predict(X), wanted, **EXACT)
    assert ours.hidden_layer_sizes == ()


def quick(cls, *layers, **kwargs):
    return cls(drawn(*layers), max_epochs=1, verbose=0, train_split=None, **kwargs)


def test_classifiers_of_skorch():
    net = quick(
        NeuralNetClassifier, *hidden("tanh", 3), criterion=nn.CrossEntropyLoss
    ).fit(X, LEVEL)
    assert_allclose(shown(prune(net, X, LEVEL, sparsity=0)), shown(net), **EXACT)
    net = quick(NeuralNetClassifier, *hidden("relu", 2), nn.Softmax(dim=1))
    net.fit(X, LEVEL // 2)
    assert_allclose(shown(prune(net, X, LEVEL // 2, sparsity=0)), shown(net), **EXACT)
    net = quick(NeuralNetBinaryClassifier, *hidden("relu", 1))
    net.fit(X, (LEVEL > 0).astype(np.float32))
    ours = prune(net, X, LEVEL > 0, sparsity=0)
    assert_allclose(shown(ours), shown(net), **EXACT)


def test_regressors_of_skorch():
    # Targets of 0 and 1, which alone would be taken for classes.
    y = (LEVEL > 0).astype(np.float32)
    net = quick(NeuralNetRegressor, *hidden("tanh", 1)).fit(X, y[:, None])
    ours = prune(net, X, y, sparsity=0)
    assert_allclose(ours.predict(X), net.predict(X)[:, 0], **EXACT)


def test_other_networks_of_skorch_are_read_as_the_targets_are():
    y = (LEVEL + X[:, 0])[:, None].astype(np.float32)
    net = quick(NeuralNet, *hidden("tanh", 1), criterion=nn.MSELoss).fit(X, y)
    ours = prune(net, X, y[:, 0], sparsity=0)
    assert_allclose(ours.predict(X), net.predict(X)[:, 0], **EXACT)


def test_the_network_is_left_as_it_was():
    network = drawn(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 1))
    before = pickle.dumps(network.state_dict()["0.weight"].numpy())
    prune(network, X, LEVEL > 0, prune_iter=2)
    assert pickle.dumps(network.state_dict()["0.weight"].numpy()) == before
    assert network.training


def test_nothing_is_trained():
    source = MLPClassifier(max_iter=5, random_state=0).fit(X, LEVEL)
    ours = prune(source, X, LEVEL, sparsity=0)
    assert ours.n_iter_ == ours.t_ == 0
    assert ours.loss_curve_ == []
    assert np.isnan(ours.loss_)
    assert ours.sparsity_ == 0.0


def test_sparse_rows():
    source = MLPClassifier(max_iter=5, random_state=0).fit(X, LEVEL)
    ours = prune(source, csr_array(X), LEVEL, sparsity=0)
    assert_allclose(shown(ours), shown(source), **EXACT)
