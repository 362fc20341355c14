"""What a fitted estimator hands out as `net_` is a skorch network that works."""

import pickle

import numpy as np
import pytest
from instances import classifier, regressor
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from skorch import NeuralNet
from skorch.callbacks import Checkpoint, EarlyStopping, EpochScoring, PrintLog
from skorch_subjects import EPOCHS, NUMBERS, WHOLE, Case, X, y

from skprune import PrunedLSTMClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

TWO = (y > 0).astype(np.int64)
NAMES = np.array(["bad", "fair", "good"])
LABELS = make_multilabel_classification(len(X), 5, n_classes=3, random_state=0)[1]


def lstm(**parameters):
    small = {"hidden_layer_sizes": (6,), "dense_layer_sizes": (4,)}
    return PrunedLSTMClassifier(**small, **parameters)


CLASSIFIERS = {
    "two classes": (classifier(), TWO),
    "three classes": (classifier(), y),
    "named classes": (classifier(), NAMES[y]),
    "labels": (classifier(), LABELS),
    "units": (classifier(granularity="unit"), y),
    "eight bits": (classifier(n_bits=8), y),
    "lstm": (lstm(max_iter=5, prune_iter=4, sparsity=0.5, random_state=0), y),
}
REGRESSORS = {
    "number": (regressor(), NUMBERS),
    "numbers": (regressor(), np.stack([NUMBERS, 1e6 + NUMBERS**2], axis=1)),
}


@pytest.fixture(params=CLASSIFIERS)
def classifying(request):
    """A fitted classifier, and its targets."""
    model, target = CLASSIFIERS[request.param]
    return clone(model).fit(X, target), target


@pytest.fixture(params=REGRESSORS)
def regressing(request):
    """A fitted regressor, and its targets."""
    model, target = REGRESSORS[request.param]
    return clone(model).fit(X, target), target


@pytest.fixture
def accuracy():
    return EpochScoring("accuracy", lower_is_better=False, on_train=True)


# --- predictions


def test_probabilities_are_the_estimators(classifying):
    model, _ = classifying
    proba = model.net_.predict_proba(X)
    np.testing.assert_allclose(proba, model.predict_proba(X), rtol=1e-4, atol=1e-6)


def test_numbers_are_the_estimators(regressing):
    model, _ = regressing
    predicted = model.net_.predict(X).reshape(model.predict(X).shape)
    np.testing.assert_allclose(predicted, model.predict(X), rtol=1e-4)


# --- the network is one network


def test_settings_survive():
    model = classifier().fit(X, y)
    model.net_.set_params(lr=0.5, max_epochs=3)
    assert model.net_.lr == 0.5 and model.net_.max_epochs == 3


def test_rates_and_batches_are_those_of_the_fit():
    net = classifier(**WHOLE).fit(X, y).net_
    assert net.lr == WHOLE["learning_rate_init"]
    assert net.batch_size == WHOLE["batch_size"]


@pytest.mark.parametrize("through", [None, pickle], ids=["at once", "pickled"])
def test_what_callbacks_recorded_stays(through, accuracy):
    model = classifier(**WHOLE, callbacks=[accuracy]).fit(X, y)
    if through is not None:
        model = through.loads(through.dumps(model))
    history = model.net_.history
    assert len(history[:, "accuracy"]) == model.n_iter_ == EPOCHS
    assert history[:, "train_loss"] == pytest.approx(model.loss_curve_)
    phases = history[:, "phase"]
    assert sorted(set(phases)) == ["dense", "pruning"]


def test_pickling(classifying):
    model, _ = classifying
    net = pickle.loads(pickle.dumps(model.net_))
    np.testing.assert_array_equal(net.predict_proba(X), model.net_.predict_proba(X))
    assert net.history == model.net_.history


def test_cloning():
    net = classifier().fit(X, y).net_
    twin = clone(net)
    assert not twin.initialized_ and twin.lr == net.lr
    assert np.isfinite(twin.fit(X, y).history[:, "train_loss"]).all()


def test_parameters_go_to_files_and_back(tmp_path):
    net = classifier().fit(X, y).net_
    files = {
        "f_params": tmp_path / "params.pt",
        "f_optimizer": tmp_path / "optimizer.pt",
        "f_criterion": tmp_path / "criterion.pt",
        "f_history": tmp_path / "history.json",
    }
    net.save_params(**files)
    other = pickle.loads(pickle.dumps(net))
    for parameter in other.module_.parameters():
        parameter.data.zero_()
    other.load_params(**files)
    np.testing.assert_array_equal(other.predict_proba(X), net.predict_proba(X))
    assert other.history.to_list() == net.history.to_list()


# --- the network learns


def as_skorch_takes_it(model, target):
    """Return floats for two classes and for labels, else the class of each row."""
    if target.ndim == 2:
        return target.astype(np.float32)
    index = np.searchsorted(model.classes_, target)
    return index.astype(np.float32 if len(model.classes_) == 2 else np.int64)


def test_fit_trains(classifying):
    model, target = classifying
    before = model.predict_proba(X)
    net = model.net_.set_params(max_epochs=4)
    net.fit(X, as_skorch_takes_it(model, target))
    losses = net.history[:, "train_loss"]
    assert len(losses) == 4 and np.isfinite(losses).all()
    assert not np.allclose(net.predict_proba(X), before)
    np.testing.assert_array_equal(model.predict_proba(X), before)


def test_fit_trains_on_numbers(regressing):
    model, target = regressing
    net = model.net_.set_params(max_epochs=4)
    shaped = target.reshape(len(X), -1).astype(np.float32)
    losses = net.fit(X, shaped).history[:, "train_loss"]
    assert len(losses) == 4 and np.isfinite(losses).all()


def test_partial_fit_goes_on():
    model = classifier().fit(X, y)
    net = model.net_.set_params(max_epochs=4)
    net.partial_fit(X, y)
    assert len(net.history) == model.n_iter_ + 4
    # It starts where the fit ended, so it cannot lose what the fit gained.
    assert net.history[-1, "train_loss"] < model.loss_curve_[0]


@pytest.mark.parametrize("subject", ["pruned", "skorch"])
def test_the_callbacks_of_the_network_are_called_again(subject, accuracy):
    net = Case(subject, split=False).fit([accuracy]).set_params(max_epochs=2)
    net.fit(X, y)
    assert len(net.history[:, "accuracy"]) == 2


def test_it_is_a_skorch_network():
    net = classifier().fit(X, y).net_
    assert isinstance(net, NeuralNet) and net.initialized_
    assert {"module", "optimizer", "lr", "callbacks"} <= net.get_params().keys()


# --- callbacks elsewhere


def test_callbacks_see_weighted_rows(accuracy):
    weight = np.random.default_rng(0).uniform(0.5, 2.0, len(X))
    model = classifier(**WHOLE, callbacks=[accuracy]).fit(X, y, sample_weight=weight)
    assert len(model.net_.history[:, "accuracy"]) == EPOCHS


def test_callbacks_see_two_classes_as_zero_and_one(accuracy):
    model = classifier(**WHOLE, callbacks=[accuracy]).fit(X, TWO)
    scores = model.net_.history[:, "accuracy"]
    assert scores[-1] == pytest.approx(model.score(X, TWO), abs=0.15)
    assert scores[-1] > 0.5


def test_callbacks_see_each_network_of_an_ensemble(accuracy):
    model = classifier(**WHOLE, callbacks=[accuracy], n_networks=2).fit(X, y)
    first, second = (member.net_.history[:, "accuracy"] for member in model.estimators_)
    assert len(first) == len(second) == EPOCHS and first != second


def test_callbacks_see_a_stream(accuracy):
    model = classifier(**WHOLE, callbacks=[accuracy])
    for _ in range(5):
        model.partial_fit(X, y, classes=[0, 1, 2])
    assert len(model.net_.history[:, "accuracy"]) == 5


def test_callbacks_see_an_lstm(accuracy):
    model = lstm(callbacks=[accuracy], max_iter=5, prune_iter=4, random_state=0)
    scores = model.fit(X, y).net_.history[:, "accuracy"]
    assert len(scores) == model.n_iter_


def test_callbacks_that_only_watch_change_nothing(accuracy, tmp_path):
    watching = [accuracy, PrintLog(), Checkpoint(None, dirname=str(tmp_path))]
    plain = classifier().fit(X, y).predict_proba(X)
    watched = classifier(callbacks=watching).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(plain, watched)


@pytest.mark.parametrize("granularity", ["weight", "unit", "feature"])
@pytest.mark.parametrize("restore", ["early stopping", "checkpoint"])
def test_weights_that_a_callback_restores_stay_pruned(restore, granularity, tmp_path):
    # The best epoch may be one before the last cut: what was cut since stays cut.
    callback = {
        "early stopping": EarlyStopping("train_loss", patience=99, load_best=True),
        "checkpoint": Checkpoint(
            "train_loss_best", dirname=str(tmp_path), load_best=True
        ),
    }[restore]
    plain = classifier(**WHOLE, granularity=granularity).fit(X, y)
    model = classifier(**WHOLE, granularity=granularity, callbacks=[callback])
    model.fit(X, y)
    assert model.sparsity_ == pytest.approx(plain.sparsity_)
    gone = sum(int((~mask).sum()) for mask in model.masks_.values() if mask.ndim == 2)
    assert 0 < model.n_nonzero_ <= 8 * (5 + 3) - gone


def test_callbacks_see_sparse_rows(accuracy):
    model = classifier(**WHOLE, callbacks=[accuracy]).fit(sparse.csr_array(X), y)
    assert len(model.net_.history[:, "accuracy"]) == EPOCHS
