"""Training equals a plain torch loop, written here, from the same first weights."""

import copy

import numpy as np
import pytest
import torch
from instances import classifier, regressor
from sklearn.datasets import make_classification, make_regression
from sklearn.utils.class_weight import compute_sample_weight
from skorch.callbacks import Callback
from torch.nn import functional as F

from skprune.estimator.weights import by_class

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

N, EPOCHS = 64, 15
EXACT = {"sparsity": 0.0, "max_iter": EPOCHS, "tol": 0.0, "alpha": 0.0}
EXACT |= {"batch_size": N, "n_iter_no_change": 1000, "activation": "tanh"}
WEIGHT = np.random.default_rng(0).uniform(0.1, 3.0, N)


def rows(n_classes=2):
    X, y = make_classification(
        N, 6, n_informative=4, n_classes=n_classes, random_state=0
    )
    return X.astype(np.float32), y


class First(Callback):
    """Remembers the network as it was drawn."""

    found: list = []

    def on_epoch_begin(self, net, **kwargs):
        if not self.found:
            self.found.append(copy.deepcopy(net.module_))


@pytest.fixture(autouse=True)
def drawn():
    First.found.clear()
    return First.found


def binary(z, y):
    return F.binary_cross_entropy_with_logits(z[:, 0], y.float(), reduction="none")


def multiclass(z, y):
    return F.cross_entropy(z, y, reduction="none")


def multilabel(z, y):
    log_p, log_q = F.logsigmoid(z), F.logsigmoid(-z)
    return -(y * log_p + (1 - y) * log_q).sum(1)


def squared(z, y):
    return ((z - y) ** 2).sum(1) / (2 * z.shape[1])


def plain_loop(module, X, y, loss, weight=None, alpha=0.0, l1_ratio=0.0, batch=N):
    """Train by gradient descent with Adam, all written out."""
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    weight = np.ones(len(X)) if weight is None else weight
    weight = torch.from_numpy(weight).float()
    optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
    for _ in range(EPOCHS):
        for at in torch.arange(len(X)).split(batch):
            optimizer.zero_grad()
            penalty = sum(
                l1_ratio * p.abs().sum() + (1 - l1_ratio) / 2 * (p**2).sum()
                for p in module.parameters()
                if p.ndim == 2
            )
            losses = loss(module(X[at]), y[at]) * weight[at]
            total = losses.sum() / weight[at].sum() + alpha * penalty / len(at)
            total.backward()
            optimizer.step()
    with torch.no_grad():
        return module(X)


def close(found, expected):
    np.testing.assert_allclose(found, np.asarray(expected), atol=1e-5)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {}),
        ({"alpha": 1.0}, {"alpha": 1.0}),
        ({"alpha": 0.5, "l1_ratio": 1.0}, {"alpha": 0.5, "l1_ratio": 1.0}),
        ({"alpha": 0.5, "l1_ratio": 0.3}, {"alpha": 0.5, "l1_ratio": 0.3}),
        ({"batch_size": 20, "shuffle": False, "alpha": 1.0}, {"alpha": 1, "batch": 20}),
    ],
    ids=["plain", "ridge", "lasso", "elastic net", "batches"],
)
def test_binary_network_equals_the_plain_loop(ours, theirs, drawn):
    X, y = rows()
    model = classifier(**EXACT | ours, callbacks=[First()]).fit(X, y)
    expected = torch.sigmoid(plain_loop(drawn[0], X, y, binary, **theirs))
    close(model.predict_proba(X)[:, 1:], expected)


def test_weights_enter_the_loss(drawn):
    X, y = rows()
    model = classifier(**EXACT, callbacks=[First()]).fit(X, y, sample_weight=WEIGHT)
    expected = torch.sigmoid(plain_loop(drawn[0], X, y, binary, WEIGHT))
    close(model.predict_proba(X)[:, 1:], expected)


def test_multiclass_network_equals_the_plain_loop(drawn):
    X, y = rows(3)
    model = classifier(**EXACT, callbacks=[First()]).fit(X, y)
    close(model.predict_proba(X), plain_loop(drawn[0], X, y, multiclass).softmax(1))


def test_multilabel_network_equals_the_plain_loop(drawn):
    X, y = rows()
    labels = np.column_stack([y, X[:, 0] > 0, X[:, 1] > 1]).astype(int)
    model = classifier(**EXACT, callbacks=[First()]).fit(X, labels)
    expected = torch.sigmoid(plain_loop(drawn[0], X, labels, multilabel))
    close(model.predict_proba(X), expected)
    np.testing.assert_array_equal(model.predict(X), model.predict_proba(X) > 0.5)


@pytest.mark.parametrize("n_targets", [1, 3])
@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_regressor_equals_the_plain_loop_on_a_target_of_unit_size(
    n_targets, weight, drawn
):
    X, y = make_regression(N, 6, n_targets=n_targets, random_state=0)
    X, columns = X.astype(np.float32), y.reshape(N, -1)
    model = regressor(**EXACT, callbacks=[First()]).fit(X, y, sample_weight=weight)
    centre = np.average(columns, axis=0, weights=weight)
    scale = np.sqrt(np.average((columns - centre) ** 2, axis=0, weights=weight))
    unit = ((columns - centre) / scale).astype(np.float32)
    expected = plain_loop(drawn[0], X, unit, squared, weight).numpy()
    found = (model.predict(X).reshape(N, -1) - centre) / scale
    close(found, expected)
    assert model.predict(X).shape == y.shape


@pytest.mark.parametrize(
    ("class_weight", "labels"),
    [
        ("balanced", [3, 1, 2, 1, 1, 3]),
        ("balanced", ["good", "bad", "good", "good", "poor", "bad"]),
        ("balanced", np.array(["good", "bad", "good"], object)),
        ({"good": 0.3, "bad": 7.0}, ["good", "bad", "good"]),
        ({1: 0.1, 3: 2.0}, [3.0, 1.0, 3.0]),
        ("balanced", [[0, 1], [1, 1], [1, 0]]),
        ([{0: 0.1, 1: 2.0}, {0: 3.0, 1: 0.7}], [[0, 1], [1, 1], [1, 0]]),
    ],
)
def test_class_weights_are_those_of_scikit_learn(class_weight, labels):
    labels = np.asarray(labels)
    expected = compute_sample_weight(class_weight, labels)
    np.testing.assert_array_equal(by_class(class_weight, labels), expected)


def test_class_without_a_weight_is_refused():
    X, y = rows(3)
    with pytest.raises(
        ValueError, match=r"The classes, \[2\], are not in class_weight"
    ):
        classifier(class_weight={0: 1.0, 1: 2.0, 7: 3.0}).fit(X, y)


@pytest.mark.parametrize("class_weight", ["balanced", {0: 0.2, 1: 5.0}])
def test_class_weight_is_sample_weight(class_weight):
    X, y = make_classification(150, 6, weights=[0.8], random_state=0)
    by_row = compute_sample_weight(class_weight, y)
    one = classifier(class_weight=class_weight).fit(X, y)
    other = classifier().fit(X, y, sample_weight=by_row)
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    plain = classifier().fit(X, y)
    assert np.any(one.predict_proba(X) != plain.predict_proba(X))


def test_an_integer_weight_is_a_repeated_row():
    X, y = rows()
    times = np.random.default_rng(0).integers(0, 4, N)
    one = classifier(batch_size="auto").fit(X, y, sample_weight=times)
    other = classifier(batch_size="auto").fit(X.repeat(times, 0), y.repeat(times))
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


def test_without_pruning_the_network_is_the_dense_phase_of_the_pruned_one():
    X, y = rows()
    dense, pruned = (classifier(sparsity=s).fit(X, y) for s in (0.0, 0.8))
    n_dense = pruned.net_.history[:, "phase"].count("dense")
    assert dense.loss_curve_ == pruned.loss_curve_[:n_dense]
    report = dense.pruning_report_
    assert report.dense == report.pruned == pruned.pruning_report_.dense
    assert dense.sparsity_ == 0.0 and dense.masks_ == {}
