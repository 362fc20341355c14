"""scikit-learn's meta-estimators and tools drive the networks unchanged."""

import numpy as np
import pytest
from instances import classifier, regressor
from sklearn import config_context
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingRegressor,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    TunedThresholdClassifierCV,
    cross_validate,
)
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import shuffle

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# Columns 0 to 2 say it all; the rows come by class.
X, y = shuffle(
    *make_classification(
        200,
        8,
        n_informative=3,
        n_redundant=0,
        shuffle=False,
        class_sep=2,
        random_state=0,
    ),
    random_state=0,
)
GRID = {"sparsity": [0.0, 0.5, 0.9]}

CLASSIFIERS = {
    "calibration": CalibratedClassifierCV(classifier(), cv=2),
    "stacking": StackingClassifier(
        [("net", classifier()), ("line", LogisticRegression())], cv=2
    ),
    "bagging": BaggingClassifier(classifier(), 3, random_state=0),
    "boosting": AdaBoostClassifier(classifier(), n_estimators=3, random_state=0),
    "threshold": TunedThresholdClassifierCV(classifier(), cv=2),
    "grid": GridSearchCV(classifier(), GRID, cv=2),
    "pipeline": make_pipeline(StandardScaler(), classifier()),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_around_a_network_learn(name):
    assert CLASSIFIERS[name].fit(X, y).score(X, y) > 0.85


@pytest.mark.parametrize("wrapper", [MultiOutputRegressor, lambda m: m])
def test_regressors_around_a_network_learn(wrapper):
    rows, targets = make_regression(150, 5, n_targets=2, noise=1, random_state=0)
    model = wrapper(regressor(max_iter=40, sparsity=0.5))
    assert model.fit(rows, targets).score(rows, targets) > 0.8


def test_voting_takes_regressors():
    rows, targets = make_regression(150, 5, noise=1, random_state=0)
    model = VotingRegressor([(str(i), regressor(random_state=i)) for i in range(2)])
    each = model.fit(rows, targets).transform(rows)
    np.testing.assert_array_equal(model.predict(rows), each.mean(1))


@pytest.mark.parametrize("search", [GridSearchCV, HalvingGridSearchCV])
def test_searches_in_two_processes_give_what_one_gives(search):
    kwargs = {"random_state": 0} if search is HalvingGridSearchCV else {}
    one, two = (
        search(classifier(), GRID, cv=2, n_jobs=n_jobs, **kwargs).fit(X, y)
        for n_jobs in (1, 2)
    )
    for key in ("params", "mean_test_score", "std_test_score"):
        assert list(one.cv_results_[key]) == list(two.cv_results_[key])
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))


def test_cross_validate_with_several_metrics():
    metrics = ["roc_auc", "neg_log_loss", "f1", "neg_brier_score"]
    found = cross_validate(classifier(), X, y, cv=3, scoring=metrics)
    assert found["test_roc_auc"].min() > 0.85
    assert all(np.isfinite(found[f"test_{metric}"]).all() for metric in metrics)


@pytest.mark.parametrize(
    "selector",
    [
        SelectFromModel(classifier(), max_features=3, threshold=-np.inf),
        RFE(classifier(), n_features_to_select=3, step=2),
    ],
    ids=["SelectFromModel", "RFE"],
)
def test_selectors_find_the_columns_that_matter(selector):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcdefgh"))
    kept = selector.set_output(transform="pandas").fit_transform(frame, y)
    assert list(kept.columns) == ["a", "b", "c"]


def test_importances_agree_on_the_columns_that_matter():
    model = classifier(max_iter=40).fit(X, y)
    by_permutation = permutation_importance(model, X, y, random_state=0)
    for importance in (by_permutation.importances_mean, model.feature_importances_):
        assert set(np.argsort(importance)[-3:]) == {0, 1, 2}
    assert model.feature_importances_.sum() == pytest.approx(1)


def test_partial_dependence():
    found = partial_dependence(classifier().fit(X, y), X, [0], grid_resolution=7)
    assert found["average"].shape == (1, 7)
    assert np.ptp(found["average"]) > 0


def test_weights_are_routed_to_the_network():
    weight = np.where(y == 1, 3.0, 0.5)
    with config_context(enable_metadata_routing=True):
        requests = classifier().set_fit_request(sample_weight=True)
        requests = requests.set_score_request(sample_weight=True)
        search = GridSearchCV(requests, {"sparsity": [0.5]}, cv=2)
        search.fit(X, y, sample_weight=weight)
        routed = search.best_estimator_
    direct = classifier(sparsity=0.5).fit(X, y, sample_weight=weight)
    np.testing.assert_array_equal(routed.predict_proba(X), direct.predict_proba(X))
    assert direct.score(X, y, sample_weight=weight) != direct.score(X, y)
