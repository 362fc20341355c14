"""What skorch's callbacks record are the numbers that scikit-learn gives."""

import numpy as np
import pytest
from instances import classifier, regressor
from scipy import sparse
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.metrics import get_scorer, mean_squared_error
from skorch.callbacks import BatchScoring, Callback, EpochScoring
from skorch.utils import data_from_dataset

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

DENSE, PRUNING = 6, 4
SHORT = {"max_iter": DENSE, "prune_iter": PRUNING, "tol": 0.0}
X, y = make_classification(105, 5, n_informative=4, n_redundant=0, random_state=0)
X = X.astype(np.float32)
NAMES = np.array(["good", "bad"])[y]
THREE = np.digitize(X[:, 0] + X[:, 1], [-0.7, 0.7])
LABELS = make_multilabel_classification(len(X), 5, n_classes=3, random_state=0)[1]
NUMBERS = 1e3 + 50.0 * X[:, 0] + X[:, 1] ** 2
PAIR = np.stack([NUMBERS, X[:, 2]], axis=1)

CASES = [
    (classifier(), y, "roc_auc"),
    (classifier(), NAMES, "accuracy"),
    (classifier(), y, "neg_log_loss"),
    (classifier(), THREE, "neg_log_loss"),
    (classifier(), THREE, "roc_auc_ovr"),
    (classifier(), LABELS, "accuracy"),
    (regressor(), NUMBERS, "r2"),
    (regressor(), NUMBERS, "neg_mean_squared_error"),
    (regressor(loss="poisson"), NUMBERS, "neg_mean_poisson_deviance"),
    (regressor(), PAIR, "neg_mean_absolute_error"),
]


class Anew(Callback):
    """Scores each epoch by scikit-learn's scorer on the rows of the data set."""

    def __init__(self, metric, on_train, scores):
        self.metric, self.on_train, self.scores = metric, on_train, scores

    def on_epoch_end(self, net, dataset_train, dataset_valid, **kwargs):
        rows, targets = data_from_dataset(
            dataset_train if self.on_train else dataset_valid
        )
        self.scores.append(get_scorer(self.metric)(net, rows, targets))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[2])
@pytest.mark.parametrize("on_train", [True, False], ids=["train", "valid"])
def test_epoch_scoring_gives_the_scores_of_the_rows(case, on_train):
    model, target, metric = case
    anew: list = []
    options = {"lower_is_better": False, "on_train": on_train}
    callbacks = [
        EpochScoring(metric, name="cached", **options),
        EpochScoring(metric, name="uncached", use_caching=False, **options),
        Anew(metric, on_train, anew),
    ]
    model.set_params(**SHORT, early_stopping=True, callbacks=callbacks)
    history = model.fit(X, target).net_.history
    assert history[:, "uncached"] == pytest.approx(anew)
    assert len(anew) == model.n_iter_ == DENSE + PRUNING
    # While an epoch trains, the network moves on from batch to batch.
    if not on_train:
        assert history[:, "cached"] == pytest.approx(anew, rel=1e-5)


def test_targets_are_those_that_the_user_gave():
    seen: list = []

    class Targets(Callback):
        def on_train_begin(self, net, X, y):
            seen.append((net.classes_, y))

        def on_epoch_begin(self, net, dataset_train, **kwargs):
            seen.append((net.classes_, data_from_dataset(dataset_train)[1]))

    classifier(**SHORT, callbacks=[Targets()]).fit(X, NAMES)
    classes = np.unique(NAMES)
    assert len(seen) == 2 + DENSE + PRUNING
    for indices, targets in seen:
        np.testing.assert_array_equal(indices, [0, 1])
        np.testing.assert_array_equal(classes[targets], NAMES)


def test_errors_are_in_the_units_of_the_target():
    score = EpochScoring("neg_mean_squared_error", on_train=True, use_caching=False)
    model = regressor(**SHORT, sparsity=0.0, callbacks=[score]).fit(X, NUMBERS)
    last = model.net_.history[-1, "neg_mean_squared_error"]
    expected = -mean_squared_error(NUMBERS, model.predict(X))
    assert last == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("lower_is_better", [True, False, None])
def test_the_best_scores_are_marked_over_both_phases(lower_is_better):
    score = EpochScoring("accuracy", lower_is_better=lower_is_better, on_train=True)
    history = classifier(**SHORT, callbacks=[score]).fit(X, y).net_.history
    scores = history[:, "accuracy"]
    if lower_is_better is None:
        assert "accuracy_best" not in history[0]
        return
    best = min if lower_is_better else max
    before = [np.inf if lower_is_better else -np.inf, *scores]
    expected = [
        s != best(before[: i + 1]) and s == best(s, *before[: i + 1])
        for i, s in enumerate(scores)
    ]
    assert history[:, "accuracy_best"] == expected


def test_batches_are_scored_and_their_scores_averaged():
    score = BatchScoring("accuracy", lower_is_better=False, on_train=True)
    history = classifier(**SHORT, callbacks=[score]).fit(X, y).net_.history
    for row in history:
        sizes = [batch["train_batch_size"] for batch in row["batches"]]
        scores = [batch["accuracy"] for batch in row["batches"]]
        assert sum(sizes) == len(X)
        assert row["accuracy"] == pytest.approx(np.average(scores, weights=sizes))
        losses = [batch["train_loss"] for batch in row["batches"]]
        mean = np.average(losses, weights=sizes)
        assert row["train_loss"] == pytest.approx(mean, rel=1e-5)


def test_sparse_rows_are_scored():
    callbacks = [
        EpochScoring("roc_auc", name=str(caching), use_caching=caching)
        for caching in (True, False)
    ]
    model = classifier(**SHORT, early_stopping=True, callbacks=callbacks)
    history = model.fit(sparse.csr_array(X), y).net_.history
    assert history[:, "True"] == pytest.approx(history[:, "False"])


def test_weights_count_in_the_loss_and_not_in_the_score():
    weight = np.where(np.arange(len(X)) < 10, 50.0, 1.0)
    score = EpochScoring("accuracy", on_train=True)
    watched = classifier(**SHORT, callbacks=[score]).fit(X, y, sample_weight=weight)
    plain = classifier(**SHORT).fit(X, y, sample_weight=weight)
    np.testing.assert_array_equal(plain.predict_proba(X), watched.predict_proba(X))
    assert plain.loss_curve_ == watched.loss_curve_
