"""Who is asked about which rows, and what with."""

import numpy as np
import pandas as pd
import pytest
import spies
from instances import classifier, regressor
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.model_selection import KFold, RepeatedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from spies import SpyClassifier, SpyRegressor

from skprune import PrunedLSTMRegressor
from skprune.estimator.teaching import opinion_of_teacher

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

N = 60
X = np.random.default_rng(0).normal(size=(N, 4))
X[:, 0] = np.arange(N)
y = np.repeat([0, 1], N // 2)
THREE = np.repeat([0, 1, 2], N // 3)


@pytest.fixture(autouse=True)
def fits():
    spies.FITS.clear()
    return spies.FITS


def opinion(estimator, X, y, sample_weight=None):
    """Return the opinion as `fit` gets it."""
    return estimator._read(X, y, sample_weight, reset=True)[0].opinion


FORMS = {
    "array": X,
    "frame": pd.DataFrame(X, columns=list("abcd")),
    "sparse": sparse.csr_array(X),
}


@pytest.mark.parametrize("form", FORMS)
def test_no_row_is_taught_by_a_teacher_that_saw_it(form, fits):
    # The spy asserts it.
    found = opinion(classifier(teacher=SpyClassifier()), FORMS[form], y)
    assert np.isfinite(found).all()
    assert len(fits) == 5
    assert {type(fit["X"]) for fit in fits} == {type(FORMS[form])}


@pytest.mark.parametrize("form", [X.tolist(), sparse.coo_array(X)], ids=["list", "coo"])
def test_forms_without_rows_to_take_are_turned_into_one_with(form):
    expected = opinion(classifier(teacher=LogisticRegression()), X, y)
    found = opinion(classifier(teacher=LogisticRegression()), form, y)
    assert_allclose(found, expected, rtol=1e-3)


def test_folds_of_sorted_rows_are_shuffled_and_stratified(fits):
    opinion(classifier(teacher=SpyClassifier()), X, y)
    assert [fit["y"].mean() for fit in fits] == [0.5] * 5
    assert any(np.diff(spies.ids(fits[0]["X"])) > 1)
    first = [spies.ids(fit["X"]) for fit in fits]
    opinion(classifier(teacher=SpyClassifier(), random_state=1), X, y)
    assert [spies.ids(fit["X"]) for fit in fits[5:]] != first


def test_a_number_of_folds_or_a_splitter_is_followed(fits):
    opinion(classifier(teacher=SpyClassifier(), teacher_cv=3), X, y)
    assert len(fits) == 3
    opinion(classifier(teacher=SpyClassifier(), teacher_cv=KFold(4)), X, THREE % 2)
    assert spies.ids(fits[3]["X"]) == list(range(15, 60))


def test_rows_in_no_test_fold_have_no_opinion_and_learn_from_labels():
    one_fold = [(np.arange(40), np.arange(40, 60))]
    est = classifier(teacher=SpyClassifier(), teacher_cv=one_fold, teacher_weight=1)
    rows = est._read(X, THREE % 2, None, reset=True)[0]
    assert np.isnan(rows.opinion[:40]).all()
    taught = rows.taught(1.0, None)
    assert_array_equal(taught.y[:40], rows.y[:40])
    assert_array_equal(taught.y[40:], rows.opinion[40:])
    est.fit(X, THREE % 2)


def test_opinions_of_several_teachers_are_averaged():
    twice = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
    found = opinion(classifier(teacher=SpyClassifier(), teacher_cv=twice), X, y)
    expected = np.zeros(N)
    for train, test in twice.split(X):
        expected[test] += y[train].mean() / 2
    assert_allclose(found[:, 0], expected, rtol=1e-6)


def test_a_class_that_a_fold_lacks_has_probability_zero():
    by_class = [(np.arange(20, 60), np.arange(20)), (np.arange(40), np.arange(40, 60))]
    found = opinion(classifier(teacher=SpyClassifier(), teacher_cv=by_class), X, THREE)
    assert_allclose(found[:20], np.tile([0, 0.5, 0.5], (20, 1)))
    assert_allclose(found[40:], np.tile([0.5, 0.5, 0], (20, 1)))


def test_rare_classes_need_no_row_in_each_fold():
    rare = np.r_[np.zeros(50), np.ones(8), [2, 2]]
    found = opinion(classifier(teacher=SpyClassifier()), X, rare)
    assert_allclose(found.sum(1), 1, rtol=1e-6)


def test_a_fitted_teacher_is_simply_asked(fits):
    teacher = LogisticRegression().fit(X, y)
    found = opinion(classifier(teacher=FrozenEstimator(teacher)), X, y)
    assert_allclose(found[:, 0], teacher.predict_proba(X)[:, 1], rtol=1e-6)
    est = classifier(teacher=FrozenEstimator(teacher))
    assert_array_equal(opinion(clone(est), X, y), found)


def test_the_teacher_given_is_left_as_it_was(fits):
    teacher = SpyClassifier()
    classifier(teacher=teacher).fit(X, y)
    assert not hasattr(teacher, "classes_")
    assert teacher.random_state is None


def test_an_unseeded_teacher_gets_our_seed(fits):
    opinion(classifier(teacher=SpyClassifier()), X, y)
    opinion(classifier(teacher=SpyClassifier()), X, y)
    opinion(classifier(teacher=SpyClassifier(random_state=3)), X, y)
    seeds = [fit["self"].random_state for fit in fits]
    assert len(set(seeds[:10])) == 1
    assert seeds[0] is not None
    assert set(seeds[10:]) == {3}


def test_sample_weight_goes_to_the_teacher_and_class_weight_does_not(fits):
    weight = np.arange(N) * 0.5
    est = classifier(teacher=SpyClassifier(), class_weight={0: 1, 1: 7})
    found = opinion(est, X, y, weight)
    for fit in fits:
        assert_allclose(fit["weight"], np.array(spies.ids(fit["X"])) * 0.5)
        assert 0 not in spies.ids(fit["X"])  # Its weight is zero.
    assert len(found) == N - 1


def test_a_teacher_that_takes_no_weights_is_asked_without():
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    found = opinion(classifier(teacher=pipeline), X, y, np.ones(N))
    assert_array_equal(found, opinion(classifier(teacher=pipeline), X, y))


def test_routing_decides_whether_the_teacher_gets_weights(fits):
    weight = np.arange(N) + 1.0
    with config_context(enable_metadata_routing=True):
        asks = SpyClassifier().set_fit_request(sample_weight=True)
        opinion(classifier(teacher=asks), X, y, weight)
        assert_array_equal(fits[0]["weight"], np.array(spies.ids(fits[0]["X"])) + 1.0)
        declines = SpyClassifier().set_fit_request(sample_weight=False)
        opinion(classifier(teacher=declines), X, y, weight)
        assert fits[-1]["weight"] is None
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            opinion(classifier(teacher=SpyClassifier()), X, y, weight)


@pytest.mark.parametrize("names", [["a", "b"], [5, 2]])
def test_names_of_classes_are_aligned(names):
    labels = np.array(names)[y]
    teacher = LogisticRegression().fit(X, labels)
    found = opinion(classifier(teacher=teacher), X, labels)
    second = list(teacher.classes_).index(max(names))
    assert_allclose(found[:, 0], teacher.predict_proba(X)[:, second], rtol=1e-6)


def test_labels_are_taught_from_arrays_and_lists_alike():
    X, Y = make_multilabel_classification(80, n_classes=3, random_state=0)
    forest = RandomForestClassifier(5, random_state=0).fit(X, Y)
    found = opinion(classifier(teacher=forest), X, Y)
    expected = np.column_stack([p[:, 1] for p in forest.predict_proba(X)])
    assert_allclose(found, expected, rtol=1e-6)
    Y[:, 1] = 1  # Each teacher knows a single class of this label.
    assert_allclose(opinion(classifier(teacher=clone(forest)), X, Y)[:, 1], 1)


def test_regressors_learn_in_units_of_the_scaled_target():
    target = 1000 + 50 * X[:, 1:3]
    teacher = LinearRegression().fit(X, target)
    est = regressor(teacher=teacher)
    rows, targets = est._read(X, target, None, reset=True)
    assert_allclose(rows.opinion, rows.y, atol=1e-5)


def test_a_rate_is_never_negative():
    counts = np.random.default_rng(0).poisson(1.0, N)
    teacher = LinearRegression().fit(X, counts - 2.0)
    assert opinion(regressor(teacher=teacher, loss="poisson"), X, counts).min() == 0


@pytest.mark.parametrize("horizon", [1, 3])
def test_windows_are_taught_by_the_past_alone(horizon):
    targets = np.random.default_rng(0).normal(size=(N, horizon)).squeeze()
    est = PrunedLSTMRegressor((3,), teacher=PastRegressor(horizon), n_timesteps=4)
    rows = est._read(X, targets, None, reset=True)[0]
    known = np.isfinite(rows.opinion).all(1)
    assert_array_equal(known, np.arange(N) >= 10)


class PastRegressor(SpyRegressor):
    """Asserts that targets of the rows it knows end before those it is asked of."""

    def __init__(self, horizon=1):
        self.horizon = horizon

    def predict(self, X):
        assert self.last_ + self.horizon - 1 < min(spies.ids(X))
        return np.zeros((len(X), self.horizon))


def test_an_unusable_teacher_is_refused_by_name():
    with pytest.raises(ValueError, match="predict_proba, which RidgeClassifier"):
        classifier(teacher=RidgeClassifier()).fit(X, y)
    with pytest.raises(ValueError, match="not among those of y"):
        classifier(teacher=LogisticRegression().fit(X, y + 1)).fit(X, y)
    with pytest.raises(ValueError, match="quantile"):
        regressor(teacher=LinearRegression(), loss="quantile").fit(X, y)
    with pytest.raises(ValueError, match="'teacher' parameter"):
        classifier(teacher="forest").fit(X, y)
    with pytest.raises(ValueError, match="partial_fit does not support a teacher"):
        classifier(teacher="self").partial_fit(X, y, classes=[0, 1])


def test_nobody_is_asked_without_a_teacher():
    est = classifier()
    est._read(X, y, None, reset=True)
    nobody = (None, None)
    assert opinion_of_teacher(est, X, y, None, None) == nobody
    est.set_params(teacher="self")
    assert opinion_of_teacher(est, X, y, None, None) == nobody
