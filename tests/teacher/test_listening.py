"""How far a network listens, and what it makes of what it hears."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from instances import classifier, regressor
from joblib import Memory
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.special import expit
from sklearn.base import clone
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback

from skprune import PrunedLSTMClassifier, prune
from skprune.estimator import synthetic, teaching
from skprune.estimator.jobs import make_job
from skprune.estimator.opinions import knows_more
from skprune.estimator.teaching import AbsentTeacher
from skprune.losses import get_loss
from skprune.model_selection import sparsity_path
from skprune.training import run as training_run
from skprune.training.loop import run
from skprune.training.rows import Rows

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(300, 8, n_informative=4, flip_y=0.1, random_state=0)
X = X.astype(np.float32)
THREE = np.digitize(X[:, 0], [-0.5, 0.5])
LINEAR = LogisticRegression()


class Shuffled(HistGradientBoostingClassifier):
    """Learns labels that belong to other rows."""

    def fit(self, X, y):
        return super().fit(X, np.random.default_rng(0).permutation(y))


class Heard(Callback):
    """Says nothing."""


class Counted(LogisticRegression):
    """Counts how often it is fitted."""

    n_fits = 0

    def fit(self, X, y):
        type(self).n_fits += 1
        return super().fit(X, y)


@pytest.mark.parametrize("name", ["binary", "multiclass", "squared_error", "poisson"])
@given(st.integers(0, 1000))
def test_outputs_predict_what_they_are_for(name, seed):
    loss = get_loss(name)
    z = torch.randn(5, 3, generator=torch.Generator().manual_seed(seed))
    p = loss.predicted(z)
    assert_allclose(loss.predicted(loss.outputs_for(p)), p, rtol=1e-5)


def test_shares_of_classes_have_the_loss_of_their_indices():
    loss, z = get_loss("multiclass"), torch.randn(6, 3)
    y = torch.tensor([0, 1, 2, 2, 1, 0])
    shares = torch.eye(3)[y]
    assert_allclose(loss.rows(z, shares), loss.rows(z, y), rtol=1e-5)
    assert_allclose(loss.mean(z, shares), loss.mean(z, y), rtol=1e-5)
    assert_array_equal(loss.mistakes(z, shares), loss.mistakes(z, y))
    assert loss.score(z, shares, None) == loss.score(z, y, None)


def test_targets_lie_between_label_and_opinion_on_training_rows_alone():
    opinion = np.array([[0.2], [0.4], [np.nan], [0.8]], np.float32)
    rows = Rows(np.zeros((4, 1), np.float32), np.float32([[1], [0], [1], [0]]), None)
    rows = Rows(rows.X, rows.y, None, opinion)
    taught = rows.taught(0.25, np.array([0, 2, 3]))
    assert_allclose(taught.y[:, 0], [0.8, 0, 1, 0.2], rtol=1e-6)
    assert_array_equal(rows.y[:, 0], [1, 0, 1, 0])
    classes = Rows(rows.X[:2], np.array([2, 0]), None, np.full((2, 3), 0.3, np.float32))
    expected = [[0.15, 0.15, 0.65], [0.65, 0.15, 0.15]]
    assert_allclose(classes.taught(0.5, None).y, expected, rtol=1e-6)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_share_of_nothing_is_the_network_of_labels(early_stopping):
    alone = classifier(early_stopping=early_stopping).fit(X, y)
    deaf = clone(alone).set_params(teacher=LINEAR, teacher_weight=0.0).fit(X, y)
    assert deaf.teacher_weight_ == 0.0
    assert_array_equal(deaf.predict_proba(X), alone.predict_proba(X))


def test_a_share_of_one_is_the_network_of_the_opinion(monkeypatch):
    monkeypatch.setattr(synthetic, "EACH", 0)
    certain = KNeighborsClassifier(1).fit(X, 1 - y)
    taught = classifier(teacher=certain, teacher_weight=1.0).fit(X, y)
    assert_array_equal(
        taught.predict_proba(X), classifier().fit(X, 1 - y).predict_proba(X)
    )


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("teacher", [Shuffled(), KNeighborsClassifier(1)], ids=repr)
def test_labels_are_kept_where_the_teacher_is_bad(teacher, early_stopping):
    alone = classifier(early_stopping=early_stopping).fit(X, y)
    taught = clone(alone).set_params(teacher=teacher).fit(X, y)
    assert taught.teacher_weight_ == 0.0
    assert_array_equal(taught.predict_proba(X), alone.predict_proba(X))


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_good_teacher_is_worth_listening_to(early_stopping):
    draws = np.random.default_rng(0)
    X = draws.normal(size=(3000, 30))
    y = (draws.random(3000) < expit(X[:, :10].sum(1) / 2)).astype(int)
    # Without a penalty, which would take the noise out of the labels by itself.
    alone = classifier(
        hidden_layer_sizes=(32,), max_iter=40, sparsity=0.9, prune_alpha=0.0
    )
    alone.set_params(early_stopping=early_stopping, validation_fraction=0.3)
    taught = clone(alone).set_params(teacher=LogisticRegression(C=0.1))
    scores = [e.fit(X[:500], y[:500]).predict_proba(X[500:]) for e in (alone, taught)]
    assert taught.teacher_weight_ == 0.5
    before, after = [roc_auc_score(y[500:], score[:, 1]) for score in scores]
    assert after > before + 0.005


@pytest.fixture
def phases_run(monkeypatch):
    """Return a list of the names of the phases that are run, one for each network."""
    names = []

    def noted(phases, progress, logs):
        names.extend(phase.name for phase in phases)
        return run(phases, progress, logs)

    monkeypatch.setattr(training_run, "run", noted)
    return names


# One that knows no more than the labels is not listened to at all.
@pytest.mark.parametrize("teacher, n_dense", [(LINEAR, 2), (Shuffled(), 1)])
def test_dense_networks_tell_who_is_pruned(teacher, n_dense, phases_run):
    taught = classifier(teacher=teacher, early_stopping=True, prune_alpha=1.0)
    taught.fit(X, y)
    assert phases_run == [*["dense"] * n_dense, "pruning"]
    # A callback follows one network to its end before there is another.
    heard = clone(taught).set_params(callbacks=[Heard()]).fit(X, y)
    assert phases_run.count("pruning") == 1 + n_dense
    assert heard.teacher_weight_ == taught.teacher_weight_
    assert_array_equal(heard.predict_proba(X), taught.predict_proba(X))


def test_a_path_goes_down_with_the_best_alone(phases_run):
    model = classifier(teacher=LINEAR, early_stopping=True, prune_alpha=1.0)
    path = sparsity_path(model, X, y, sparsities=[0, 0.5, 0.8])
    assert phases_run[:3] == ["dense", "dense", "pruning"]
    assert phases_run.count("pruning") == 1
    single = clone(model).set_params(sparsity=0.5).fit(X, y)
    assert_array_equal(path.at(0.5).predict_proba(X), single.predict_proba(X))


def test_networks_that_were_given_are_judged_when_they_are_pruned(phases_run):
    given = MLPClassifier((8,), max_iter=30, random_state=0).fit(X, y)
    how = {"sparsity": 0.5, "random_state": 0, "early_stopping": True}
    how |= {"prune_iter": 4, "prune_alpha": 1.0}
    taught = prune(given, X, y, teacher=LINEAR, **how)
    assert phases_run == ["pruning"] * 2
    alone = prune(
        given, X, y, **how, teacher=LINEAR, teacher_weight=taught.teacher_weight_
    )
    assert_array_equal(taught.predict_proba(X), alone.predict_proba(X))


def test_an_opinion_is_weighed_by_the_rows_weights():
    weight = np.where(y == 1, 1.0, 1e-3)
    est = classifier(teacher=LINEAR)
    rows, targets = est._read(X, y, weight, reset=True)
    job = make_job(est, rows, targets, None)
    assert knows_more(job)
    wrong = Rows(rows.X, rows.y, rows.weight, 1 - rows.opinion)
    assert not knows_more(make_job(est, wrong, targets, None))


@pytest.mark.parametrize("n_networks", [1, 3])
def test_dense_networks_teach_the_pruned_ones(n_networks):
    alone = classifier(n_networks=n_networks).fit(X, y)
    taught = clone(alone).set_params(teacher="self").fit(X, y)
    assert taught.teacher_weight_ == 0.5
    pairs = [
        (e.pruning_report_.dense, e.pruning_report_.pruned) for e in (alone, taught)
    ]
    assert pairs[0][0] == pairs[1][0]
    assert pairs[0][1] != pairs[1][1]
    deaf = clone(taught).set_params(teacher_weight=0.0).fit(X, y)
    assert_array_equal(deaf.predict_proba(X), alone.predict_proba(X))


LEARNERS = {
    "three classes": (classifier(), LINEAR, X, THREE),
    "labels": (
        classifier(),
        RandomForestClassifier(5),
        *make_multilabel_classification(120, n_classes=3, random_state=0),
    ),
    "sparse": (classifier(), LINEAR, sparse.csr_array(X), y),
    "one batch": (classifier(batch_size=300), LINEAR, X, y),
    "numbers": (regressor(), LinearRegression(), X, X[:, :2]),
    "rates": (regressor(loss="poisson"), LinearRegression(), X, np.exp(X[:, 0])),
    "a forest's columns": (classifier(criterion="importance"), LINEAR, X, THREE),
    "levels": (classifier(sparsity="auto", early_stopping=True), LINEAR, X, y),
    "few bits": (classifier(n_bits=8, sparsity=0.0), LINEAR, X, y),
    "dense": (classifier(sparsity=0.0), LINEAR, X, y),
    "windows": (
        PrunedLSTMClassifier((4,), max_iter=3, prune_iter=2, random_state=0),
        LINEAR,
        X,
        y,
    ),
}


@pytest.mark.parametrize("teacher", ["model", "self"])
@pytest.mark.parametrize("case", LEARNERS)
def test_all_kinds_of_networks_are_taught(case, teacher):
    est, model, X, y = LEARNERS[case]
    est = clone(est).set_params(teacher="self" if teacher == "self" else model)
    weight = np.random.default_rng(0).uniform(0.5, 2, X.shape[0])
    first, again = clone(est).fit(X, y, weight), clone(est).fit(X, y, weight)
    assert first.loss_curve_ == again.loss_curve_
    assert 0 <= first.teacher_weight_ <= 1
    assert np.isfinite(first.loss_curve_).all()


def test_the_report_shows_the_teacher_on_the_same_rows():
    est = classifier(teacher=LINEAR, early_stopping=True)
    report = est.fit(X, y).pruning_report_
    rows, targets = est._read(X, y, None, reset=True)
    valid = make_job(est, rows, targets, None).valid
    p = rows.opinion[valid, 0].astype(float)
    label = y[valid]
    assert_allclose(report.teacher.score, np.mean((p > 0.5) == label), rtol=1e-6)
    loss = -np.mean(np.log(np.where(label == 1, p, 1 - p)))
    assert_allclose(report.teacher.loss, loss, rtol=1e-5)
    assert "teacher" in str(report).splitlines()[0]
    assert "<th>teacher</th>" in report._repr_html_()
    frame = report.to_frame()
    assert list(frame.index) == ["dense", "pruned", "teacher"]
    assert frame.loc["teacher"].isna().sum() == 5
    several = clone(est).set_params(n_networks=2).fit(X, y)
    single = [member.pruning_report_.teacher.loss for member in several.estimators_]
    assert_allclose(several.pruning_report_.teacher.loss, np.mean(single))


def test_without_a_teacher_the_report_is_as_it_was():
    est = classifier(teacher="self").fit(X, y)
    est.set_params(teacher=None).fit(X, y)
    assert not hasattr(est, "teacher_weight_")
    assert est.pruning_report_.teacher is None
    assert "teacher" not in str(est.pruning_report_)


def test_a_taught_networks_pickle_holds_no_teacher():
    forest = RandomForestClassifier(20, random_state=0).fit(X, y)
    est = classifier(teacher=forest, n_networks=2).fit(X, y)
    data = pickle.dumps(est)
    assert b"RandomForest" in data  # Its name, in the stand-in.
    assert b"sklearn.ensemble" not in data
    program = (
        "import pickle, sys, numpy as np;"
        "est = pickle.loads(sys.stdin.buffer.read());"
        "est.predict_proba(np.zeros((2, 8)));"
        "print('sklearn.ensemble' in sys.modules, 'torch' in sys.modules)"
    )
    run = [sys.executable, "-c", program]
    out = subprocess.run(run, input=data, capture_output=True, check=True).stdout
    assert out.split() == [b"False", b"False"]


def test_an_unpickled_network_asks_for_its_teacher_before_it_is_fitted_again():
    est = pickle.loads(pickle.dumps(classifier(teacher=LINEAR).fit(X, y)))
    assert isinstance(est.get_params()["teacher"], AbsentTeacher)
    with pytest.raises(ValueError, match="LogisticRegression was left out"):
        clone(est).fit(X, y)
    est.set_params(teacher=LINEAR).fit(X, y)
    unfitted = pickle.loads(pickle.dumps(classifier(teacher=LINEAR)))
    assert isinstance(unfitted.teacher, LogisticRegression)


def test_parameters_of_the_teacher_can_be_searched():
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    est = classifier(teacher=pipeline, teacher_weight=1.0)
    grid = {"teacher__logisticregression__C": [1e-6, 1.0]}
    search = GridSearchCV(est, grid, cv=2, scoring="neg_log_loss").fit(X, y)
    assert search.best_params_ == {"teacher__logisticregression__C": 1.0}
    assert search.best_estimator_.teacher["logisticregression"].C == 1.0


def test_a_grid_over_sparsity_fits_the_teacher_once_a_fold(tmp_path):
    Counted.n_fits = 0
    memory = Memory(tmp_path, verbose=0)
    est = classifier(teacher=Counted(), memory=memory)
    GridSearchCV(est, {"sparsity": [0.3, 0.6, 0.9]}, cv=2, refit=False).fit(X, y)
    assert Counted.n_fits == 2 * teaching.N_FOLDS


def test_a_warm_start_learns_from_the_teacher_again():
    est = classifier(teacher=LINEAR, warm_start=True).fit(X, y)
    before = est.predict_proba(X)
    est.fit(X, y)
    assert est.teacher_weight_ == 0.5
    assert np.abs(est.predict_proba(X) - before).max() > 0
