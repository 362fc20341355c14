"""The cross-validated search: its table, what it chooses, and what it hands out."""

import numpy as np
import pandas as pd
import pytest
from instances import LONGER, classifier, regressor
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.callback import ProgressBar
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.feature_selection import SelectFromModel
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    StratifiedKFold,
    TimeSeriesSplit,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from skprune import (
    PrunedLSTMRegressor,
    PrunedMLPClassifier,
    PrunedMLPRegressor,
    SparsitySearchCV,
    sparsity_path,
)

X, y = make_classification(240, 10, random_state=0)
X_numbers, numbers = make_regression(200, 10, noise=1.0, random_state=0)
LEVELS = [0.0, 0.5, 0.8]
THREE = StratifiedKFold(3, shuffle=True, random_state=0)

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.SkipTestWarning",
)


def search(estimator=None, **parameters):
    given = {"sparsities": LEVELS, "cv": THREE} | parameters
    return SparsitySearchCV(estimator or classifier(), **given)


@pytest.fixture(scope="module")
def fitted():
    return search(scoring="roc_auc").fit(X, y)


QUICK = {"max_iter": 30, "prune_iter": 8, "hidden_layer_sizes": (16,)}


@pytest.mark.slow
# As scikit-learn's own searches do: folds of an unusable X fail, then the refit does.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@parametrize_with_checks(
    [
        SparsitySearchCV(classifier(**LONGER | QUICK)),
        SparsitySearchCV(regressor(**LONGER | QUICK)),
    ]
)
def test_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
# A search has no random_state of its own that a check could set.
@parametrize_with_checks(
    [
        SparsitySearchCV(PrunedMLPClassifier(random_state=0)),
        SparsitySearchCV(PrunedMLPRegressor(random_state=0)),
    ]
)
def test_checks_at_the_defaults(estimator, check):
    check(estimator)


def test_the_table_has_the_shape_of_grid_searchs(fitted):
    grid = GridSearchCV(classifier(), {"sparsity": LEVELS}, cv=THREE, scoring="roc_auc")
    theirs, ours = grid.fit(X, y).cv_results_, fitted.cv_results_
    assert theirs.keys() <= ours.keys()
    assert ours["params"] == theirs["params"]
    for name in theirs:
        assert type(ours[name]) is type(theirs[name])
        if name != "params":
            assert ours[name].dtype == theirs[name].dtype
    assert len(pd.DataFrame(ours)) == 3
    # Of the dense network and the first level the folds are those of separate fits.
    for i in range(3):
        name = f"split{i}_test_score"
        assert_allclose(ours[name][:2], theirs[name][:2], atol=1e-4)


def test_means_deviations_and_ranks_are_those_of_the_folds(fitted):
    table = fitted.cv_results_
    scores = np.array([table[f"split{i}_test_score"] for i in range(3)])
    assert_allclose(table["mean_test_score"], scores.mean(0))
    assert_allclose(table["std_test_score"], scores.std(0))
    assert_array_equal(
        table["rank_test_score"], (-scores.mean(0)).argsort().argsort() + 1
    )


def test_a_folds_scores_are_those_of_its_own_path(fitted):
    train, test = next(THREE.split(X, y))
    path = sparsity_path(classifier(), X[train], y[train], sparsities=LEVELS)
    for i, point in enumerate(path):
        score = roc_auc_score(y[test], point.estimator.predict_proba(X[test])[:, 1])
        # Folds in step add up in another order.
        assert_allclose(fitted.cv_results_["split0_test_score"][i], score, atol=2e-3)
        nonzero = fitted.cv_results_["split0_n_nonzero"][i]
        assert_allclose(nonzero, point.n_nonzero, atol=1)


def test_what_is_chosen_is_refitted(fitted):
    path = sparsity_path(classifier(), X, y, sparsities=LEVELS)
    assert fitted.best_params_ == {"sparsity": fitted.best_sparsity_}
    assert fitted.best_sparsity_ == LEVELS[fitted.best_index_]
    means = fitted.cv_results_["mean_test_score"]
    assert fitted.best_score_ == means[fitted.best_index_]
    for level in LEVELS:
        assert_array_equal(
            fitted.at(level).predict_proba(X), path.at(level).predict_proba(X)
        )
    assert fitted.best_estimator_ is fitted.at(fitted.best_sparsity_)
    assert fitted.best_estimator_.sparsity == fitted.best_sparsity_


def test_it_is_an_estimator_like_any_other(fitted):
    best = fitted.best_estimator_
    for method in ("predict", "predict_proba", "predict_log_proba"):
        assert_array_equal(getattr(fitted, method)(X), getattr(best, method)(X))
    assert_allclose(fitted.score(X, y), roc_auc_score(y, best.predict_proba(X)[:, 1]))
    assert_array_equal(fitted.classes_, best.classes_)
    assert_array_equal(fitted.feature_importances_, best.feature_importances_)
    assert fitted.n_features_in_ == 10 and not hasattr(fitted, "feature_names_in_")
    assert "SparsitySearchCV" in fitted._repr_html_()
    chosen = SelectFromModel(fitted, prefit=True, max_features=3).transform(X)
    assert chosen.shape == (240, 3)


@pytest.mark.parametrize("rule, index", [("best", None), (1.0, 2), (len, None)])
def test_the_rule_is_followed(rule, index, fitted):
    if rule is len:
        rule, index = (lambda results: 1), 1
    one = search(scoring="roc_auc", rule=rule).fit(X, y)
    if index is None:
        index = int(np.argmax(fitted.cv_results_["mean_test_score"]))
    assert one.best_index_ == index and one.best_sparsity_ == LEVELS[index]


@pytest.mark.slow
def test_the_result_does_not_depend_on_the_number_of_jobs():
    seven = KFold(7)
    one, two = (search(cv=seven, n_jobs=n).fit(X, y) for n in (1, 2))
    assert_same(one, two)


def assert_same(one, two):
    for name, values in one.cv_results_.items():
        if "time" not in name:
            assert_array_equal(values, two.cv_results_[name])
    assert one.best_sparsity_ == two.best_sparsity_
    for level in one.path_.sparsities:
        a, b = (each.at(level).predict(X[:, :10]) for each in (one, two))
        assert_array_equal(a, b)


def test_a_pipeline_is_prepared_within_each_fold():
    pipeline = make_pipeline(StandardScaler(), classifier())
    skewed = X * np.linspace(0.1, 100, 10) + 5
    found = search(pipeline).fit(skewed, y)
    assert found.best_params_.keys() == {"prunedmlpclassifier__sparsity"}
    assert "param_prunedmlpclassifier__sparsity" in found.cv_results_
    for i, (train, test) in enumerate(THREE.split(skewed, y)):
        alone = clone(pipeline).set_params(prunedmlpclassifier__sparsity=0.5)
        score = alone.fit(skewed[train], y[train]).score(skewed[test], y[test])
        assert_allclose(found.cv_results_[f"split{i}_test_score"][1], score, atol=0.013)
    assert_array_equal(found.at(0.5)[0].mean_, skewed.mean(0))
    assert len(found.feature_importances_) == 10


def test_it_stands_within_a_pipeline():
    frame = pd.DataFrame(X).add_prefix("column ")
    whole = make_pipeline(StandardScaler().set_output(transform="pandas"), search())
    whole.fit(frame, y)
    assert whole.score(frame, y) > 0.8
    assert whole[-1].feature_names_in_.tolist() == frame.columns.tolist()
    assert whole[-1].column_names_.tolist() == frame.columns.tolist()


def test_several_metrics():
    several = {"auc": "roc_auc", "accuracy": "accuracy"}
    found = search(scoring=several, refit="auc", rule="best").fit(X, y)
    table = found.cv_results_
    assert found.best_index_ == np.argmax(table["mean_test_auc"])
    assert found.best_score_ == table["mean_test_auc"][found.best_index_]
    assert {"mean_test_accuracy", "rank_test_accuracy"} <= table.keys()
    assert_allclose(found.score(X, y), several_auc(found))
    with pytest.raises(ValueError, match="refit must be set to a scorer key"):
        search(scoring=several).fit(X, y)


def several_auc(found):
    return roc_auc_score(y, found.predict_proba(X)[:, 1])


def test_a_callable_that_returns_several_metrics():
    def both(estimator, X, y):
        return {"a": estimator.score(X, y), "b": 1.0}

    found = search(scoring=both, refit="a").fit(X, y)
    assert found.multimetric_ and (found.cv_results_["mean_test_b"] == 1.0).all()
    assert found.score(X, y) == found.best_estimator_.score(X, y)


def test_without_refit_there_is_a_choice_alone():
    found = search(refit=False).fit(X, y)
    assert found.best_sparsity_ in LEVELS and not hasattr(found, "path_")
    with pytest.raises(AttributeError, match="only after refitting"):
        found.at(0.5)
    assert not hasattr(found, "feature_importances_")
    several = search(refit=False, scoring=["roc_auc", "accuracy"]).fit(X, y)
    assert not hasattr(several, "best_index_")


def test_what_an_earlier_fit_chose_is_forgotten():
    found = search().fit(X, y)
    found.set_params(refit=False).fit(X, y)
    assert not hasattr(found, "path_") and not hasattr(found, "best_estimator_")


def test_before_fit():
    assert not hasattr(search(), "feature_importances_")
    with pytest.raises(NotFittedError):
        search().at(0.5)


class Diverges(PrunedMLPClassifier):
    """Fails where a mark is among its rows."""

    def fit(self, X, y, sample_weight=None):
        raise NotImplementedError

    def _jobs(self, X, *args, **kwargs):
        if (X[:] == 77.0).any():
            raise RuntimeError("the mark is there")
        return super()._jobs(X, *args, **kwargs)


@pytest.fixture
def marked():
    rows = X.copy()
    rows[0, 0] = 77.0
    return rows


def test_a_failing_fold_follows_error_score(marked):
    with pytest.warns(FitFailedWarning, match="6 fits failed out of a total of 9"):
        with pytest.warns(UserWarning, match="non-finite"):
            found = search(
                Diverges(**classifier().get_params()),
                refit=False,
                rule="best",
                scoring="roc_auc",
            ).fit(marked, y)
    scores = np.array([found.cv_results_[f"split{i}_test_score"] for i in range(3)])
    whole = np.isfinite(scores).all(1)
    assert whole.sum() == 1 and np.isnan(scores[~whole]).all()
    assert found.best_index_ == scores[whole].ravel().argmax()


@pytest.mark.filterwarnings("ignore")
def test_an_error_score_is_a_score(marked):
    failing = Diverges(**classifier().get_params())
    found = search(failing, refit=False, error_score=0.25).fit(marked, y)
    scores = np.array([found.cv_results_[f"split{i}_test_score"] for i in range(3)])
    assert (scores == 0.25).all(1).sum() == 2
    with pytest.raises(RuntimeError, match="the mark is there"):
        search(failing, error_score="raise").fit(marked, y)


@pytest.mark.filterwarnings("ignore")
def test_one_fold_that_diverges_leaves_those_in_step_alone():
    wild = X.copy()
    test = [test for _, test in THREE.split(X, y)]
    # All but the second fold learn from this row.
    wild[test[1][0]] = 1e30
    found = search(refit=False).fit(wild, y)
    scores = np.array([found.cv_results_[f"split{i}_test_score"] for i in range(3)])
    assert np.isfinite(scores[1]).all() and np.isnan(scores[[0, 2]]).all()


def test_where_all_fail_it_says_why():
    with pytest.raises(ValueError, match="All the 9 fits failed[^$]*1e\\+30|finite"):
        search().fit(np.full_like(X, 1e30) * np.sign(X), y)


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_a_search_that_fails_leaves_what_was_there():
    found = search().fit(X, y)
    before = dict(vars(found))
    with pytest.raises(ValueError):
        found.fit(np.full_like(X, np.nan), y)
    assert vars(found) == before


def test_groups_and_weights_are_routed():
    groups = np.arange(240) % 6
    weight = np.random.RandomState(0).randint(1, 3, 240).astype(float)
    found = search(cv=GroupKFold(3)).fit(X, y, groups=groups, sample_weight=weight)
    train, test = next(GroupKFold(3).split(X, y, groups))
    alone = classifier(sparsity=0.5).fit(X[train], y[train], weight[train])
    expected = alone.score(X[test], y[test], weight[test])
    assert_allclose(found.cv_results_["split0_test_score"][1], expected, atol=0.013)
    again = classifier(sparsity=0.5).fit(X, y, weight)
    assert_array_equal(found.at(0.5).predict_proba(X), again.predict_proba(X))


def test_metadata_routing():
    from sklearn import config_context

    weight = np.where(np.arange(240) % 3, 1.0, 2.0)
    with config_context(enable_metadata_routing=True):
        scorer = make_scorer(roc_auc_score, response_method="predict_proba")
        scorer.set_score_request(sample_weight=True)
        network = classifier().set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        inside = search(make_pipeline(scaler, network), scoring=scorer)
        inside.fit(X, y, sample_weight=weight)
        plain = StandardScaler().fit_transform(X)
        alone = classifier(sparsity=0.5).fit(plain, y, sample_weight=weight)
        assert_array_equal(inside.at(0.5)[-1].coefs_[0], alone.coefs_[0])
        unasked = search(classifier().set_fit_request(sample_weight=False))
        unasked.set_params(scoring=scorer).fit(X, y, sample_weight=weight)
        assert_array_equal(
            unasked.at(0.5).coefs_[0], classifier(sparsity=0.5).fit(X, y).coefs_[0]
        )


@pytest.mark.parametrize(
    "cv", [TimeSeriesSplit(3, gap=5), 2, [(np.arange(100), np.arange(100, 200))]]
)
def test_any_splitter(cv):
    found = search(regressor(), cv=cv).fit(X_numbers, numbers)
    assert np.isfinite(found.cv_results_["mean_test_score"]).all()


def test_windows():
    quick = {"max_iter": 4, "prune_iter": 4, "random_state": 0}
    model = PrunedLSTMRegressor(4, dense_layer_sizes=4, n_timesteps=5, **quick)
    found = search(model, cv=TimeSeriesSplit(2)).fit(X_numbers, numbers)
    assert found.predict(X_numbers).shape == (200,)
    series = np.repeat(["a", "b"], 100)
    model.set_params(early_stopping=True)
    both = search(model, cv=2).fit(X_numbers, numbers, series=series)
    alone = clone(model).set_params(sparsity=0.5).fit(X_numbers, numbers, series=series)
    assert_array_equal(both.at(0.5).predict(X_numbers), alone.predict(X_numbers))


def test_a_grid_of_other_parameters():
    grid = {"alpha": [0.0001, 3.0], "granularity": ["weight"]}
    found = search(param_grid=grid, rule="best").fit(X, y)
    params = found.cv_results_["params"]
    assert len(params) == 6 and found.best_params_ == params[found.best_index_]
    assert found.best_estimator_.alpha == found.best_params_["alpha"]
    for alpha in grid["alpha"]:
        alone = search(classifier(alpha=alpha), refit=False).fit(X, y)
        rows = [i for i, one in enumerate(params) if one["alpha"] == alpha]
        assert_array_equal(
            found.cv_results_["mean_test_score"][rows],
            alone.cv_results_["mean_test_score"],
        )
    with pytest.raises(ValueError, match="which every path goes through"):
        search(param_grid={"sparsity": [0.5]}).fit(X, y)


def test_the_masks_agreement():
    found = search(classifier(granularity="feature"), sparsities=[0.0, 0.7]).fit(X, y)
    frequency = found.column_frequency_
    assert frequency.shape == (2, 10) and (frequency[0] == 1).all()
    # Three columns of ten in each of three folds.
    assert_allclose(frequency[1].sum(), 3)
    assert (found.cv_results_["mean_n_columns"] == [10, 3]).all()
    sets = []
    for train, _ in THREE.split(X, y):
        network = classifier(granularity="feature", sparsity=0.7).fit(
            X[train], y[train]
        )
        sets.append(set(np.flatnonzero(network.feature_importances_)))
    pairs = [(0, 1), (0, 2), (1, 2)]
    expected = [len(sets[a] & sets[b]) / len(sets[a] | sets[b]) for a, b in pairs]
    assert_allclose(found.cv_results_["column_agreement"][1], np.mean(expected))


class Counts:
    """A callback of scikit-learn's that counts tasks by name."""

    def __init__(self):
        self.begun, self.ended, self.n_teardowns = [], [], 0

    def setup(self, estimator, context): ...

    def teardown(self, estimator, context):
        self.n_teardowns += 1

    def on_fit_task_begin(self, estimator, context):
        self.begun.append(context.task_name)

    def on_fit_task_end(self, estimator, context):
        self.ended.append(context.task_name)


def test_callbacks_see_every_task():
    counts = Counts()
    search().set_callbacks(counts).fit(X, y)
    assert sorted(counts.begun) == sorted(counts.ended)
    assert {"fit", "folds", "refit", "dense", "pruning", "epoch"} == set(counts.begun)
    assert counts.n_teardowns == 1


def test_callbacks_are_torn_down_where_a_search_fails():
    counts = Counts()
    with pytest.raises(ValueError, match="All the 9 fits failed"):
        search().set_callbacks(counts).fit(np.full_like(X, np.nan), y)
    assert counts.n_teardowns == 1


@pytest.mark.slow
def test_a_progress_bar_over_several_jobs():
    search(n_jobs=2).set_callbacks(ProgressBar()).fit(X, y)


@pytest.mark.cuda
def test_a_cuda_device_trains_all_folds():
    here = search(scoring="roc_auc").fit(X, y)
    there = search(classifier(device="cuda"), scoring="roc_auc").fit(X, y)
    a, b = (each.cv_results_["mean_test_score"] for each in (here, there))
    assert_allclose(a, b, atol=0.05)


def test_it_prints_what_it_does(capsys):
    search(verbose=2, refit=False).fit(X, y)
    out = capsys.readouterr().out
    assert "3 folds" in out and out.count("non-zeros") == 9
