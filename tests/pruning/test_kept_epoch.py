"""Which epoch's weights are kept, and what is recorded of it."""

import math

import numpy as np
import pytest
import torch
from parts import BestEpoch, LastEpoch
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from skorch.callbacks import Callback

from skprune import PrunedLSTMClassifier, PrunedMLPClassifier, PrunedMLPRegressor
from skprune.estimator.fitted import History

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = make_classification(260, 8, n_informative=4, flip_y=0.3, random_state=0)
QUICK = {"max_iter": 8, "prune_iter": 8, "sparsity": 0.5, "random_state": 0}


@pytest.mark.parametrize("kind, kept", [(BestEpoch, 1), (LastEpoch, 3)])
def test_the_best_epoch_is_kept_or_the_last_that_is_finite(kind, kept):
    losses = [math.inf, 0.5, 0.7, 0.6, math.nan]
    epoch = kind()
    for i, loss in enumerate(losses):
        value = torch.tensor([float(i)])
        epoch.offer(loss, value)
        # What is kept does not follow the network.
        value.fill_(-1.0)
    assert epoch.loss == losses[kept] and epoch.value.item() == kept
    fresh = epoch.anew()
    assert type(fresh) is kind and fresh.value is None and fresh.loss == math.inf


class LastBias(Callback):
    """Notes the last of the parameters after each epoch: the output's bias."""

    def __init__(self):
        self.seen: list = []

    def on_epoch_end(self, net, **kwargs):
        self.seen.append(net.weights()[-1])


TAUGHT = {"n_timesteps": 4, "dense_layer_sizes": (), "teacher": LogisticRegression()}
NETWORKS = {
    "unjudged": (PrunedMLPClassifier((6,), **QUICK), 260),
    "dense": (PrunedMLPClassifier((6,), **QUICK | {"sparsity": 0.0}), 260),
    "judged": (PrunedMLPClassifier((6,), **QUICK, early_stopping=True), 260),
    "searched": (PrunedMLPClassifier((6,), **QUICK | {"sparsity": "auto"}), 260),
    "taught": (PrunedLSTMClassifier((4,), **TAUGHT, **QUICK), 260),
    "taught on few rows": (PrunedLSTMClassifier((4,), **TAUGHT, **QUICK), 40),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_epoch_recorded_is_the_one_that_stayed(name):
    network, n = NETWORKS[name]
    note = LastBias()
    network.set_params(callbacks=[note]).fit(X[:n], Y[:n])
    (bias,) = network.intercepts_[-1]
    assert note.seen[network._kept_epoch() - 1] == np.float32(bias)


def test_of_a_stream_it_is_the_last():
    network = PrunedMLPRegressor((4,), **QUICK)
    for _ in range(20):
        network.partial_fit(X, X[:, 0] + Y)
    assert network._kept_epoch() == network.n_iter_ == 20


def test_stored_histories_without_it_kept_the_lowest_loss():
    network = PrunedMLPClassifier((6,), **QUICK).fit(X, Y)
    state = vars(network._history).copy()
    del state["ranked"]
    network._history = History.__new__(History)
    network._history.__setstate__(state)
    assert network.loss_curve_[network._kept_epoch() - 1] == network.best_loss_
