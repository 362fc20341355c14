"""Reasons of fitted networks: what they sum to, of what, and which come first."""

import pickle

import numpy as np
import pandas as pd
import pytest
from instances import classifier, regressor
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.special import logit
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from skprune import PrunedLSTMClassifier
from skprune.inference import Layer, StackPredictor
from skprune.inspection import reason_codes
from skprune.scorecard import PointsScale

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(
    200, 8, n_informative=5, n_classes=3, random_state=0, n_clusters_per_class=1
)
X = X.astype(np.float32).astype(np.float64)
two = (y > 0).astype(int)
both = np.column_stack([two, X[:, 0] > 0]).astype(int)
targets = X[:, :2] @ np.array([[2.0, 0.0], [1.0, -1.0]])
rates = np.exp(X[:, 0] / 2)


def log_odds(model, rows):
    return logit(model.predict_proba(rows)[:, 1])


def log_proba(k):
    def centred(model, rows):
        found = model.predict_log_proba(rows)
        return found[:, k] - found.mean(1)

    return centred


def label(model, rows):
    return logit(model.predict_proba(rows)[:, 1])


def second(model, rows):
    return model.predict(rows)[:, 1]


def prediction(model, rows):
    return model.predict(rows)


DEEP = {"hidden_layer_sizes": (8, 6)}
CASES = {
    "two classes": (classifier, {}, two, None, log_odds),
    "deep": (classifier, DEEP, two, None, log_odds),
    "linear": (classifier, {"activation": "identity"}, two, None, log_odds),
    "smooth": (classifier, DEEP | {"activation": "tanh"}, two, None, log_odds),
    "few bits": (classifier, DEEP | {"n_bits": 4}, two, None, log_odds),
    "three classes": (classifier, DEEP, y, 2, log_proba(2)),
    "two labels": (classifier, {}, both, 1, label),
    "regression": (regressor, DEEP, targets[:, 0], None, prediction),
    "tiny targets": (regressor, {}, 1e-30 * targets[:, 0], None, prediction),
    "two outputs": (regressor, {}, targets, 1, second),
    "rates": (regressor, DEEP | {"loss": "poisson"}, rates, None, prediction),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    make, parameters, goal, target, score = CASES[request.param]
    return make(**parameters).fit(X, goal), target, score


def test_they_sum_to_the_difference_of_scores(case):
    model, target, score = case
    codes = reason_codes(model, X[:40], target=target)
    size = np.abs(score(model, X)).max()
    expected = score(model, X[:40]) - score(model, X.mean(0, keepdims=True))
    assert_allclose(codes.contributions.sum(1), expected, atol=2e-6 * size)
    assert_allclose(codes.scores, score(model, X[:40]), atol=2e-6 * size)
    assert codes.base_value.shape == (40,)


def test_both_methods_sum_to_the_same(case):
    model, target, score = case
    path = reason_codes(model, X[:9], target=target)
    shapley = reason_codes(model, X[:9], target=target, method="shapley")
    size = np.abs(path.contributions).max()
    assert_allclose(path.scores, shapley.scores, atol=1e-7 * size)
    assert_allclose(shapley.base_value, path.base_value)


def test_a_column_that_is_not_read_has_exactly_nothing():
    model = classifier(granularity="feature", sparsity=0.5).fit(X, two)
    read = model.masks_["layers.0.weight"].any(0)
    assert 0 < read.sum() < 8
    for method in ("path", "shapley"):
        codes = reason_codes(model, X, method=method)
        assert_array_equal(codes.contributions[:, ~read], 0)
        assert not np.signbit(codes.contributions[:, ~read]).any()
        assert np.abs(codes.contributions[:, read]).min(1).max() > 0


def test_contributions_of_all_classes_cancel():
    model = classifier(**DEEP).fit(X, y)
    each = [reason_codes(model, X, target=k).contributions for k in range(3)]
    assert_allclose(np.sum(each, axis=0), 0, atol=1e-12)


def test_several_networks_are_explained_by_their_mean():
    model = classifier(n_networks=3).fit(X, two)
    codes = reason_codes(model, X)
    each = [reason_codes(one, X) for one in model.estimators_]
    mean = np.mean([one.contributions for one in each], axis=0)
    assert_allclose(codes.contributions, mean, atol=1e-12)
    assert_allclose(codes.base_value, np.mean([one.base_value for one in each], 0))


def test_a_row_as_baseline_and_rows():
    model = classifier(**DEEP).fit(X, two)
    each = [reason_codes(model, X, baseline=row) for row in X[:3]]
    together = reason_codes(model, X, baseline=X[:3])
    mean = np.mean([codes.contributions for codes in each], axis=0)
    assert_allclose(together.contributions, mean, atol=1e-12)
    assert_allclose(together.base_value, log_odds(model, X[:3]).mean(), atol=1e-6)
    assert_array_equal(each[0].contributions[0], 0)


def test_a_named_row_as_baseline():
    table = pd.DataFrame(X, columns=list("abcdefgh"), index=range(100, 300))
    model = classifier().fit(table, two)
    by_row = reason_codes(model, table, baseline=table.iloc[3])
    by_table = reason_codes(model, table, baseline=table.iloc[[3]])
    assert_array_equal(by_row.contributions, by_table.contributions)
    assert by_row.names.tolist() == list("abcdefgh")


def given_mean(model):
    return model._inputs.mean


def test_the_mean_is_that_of_the_rows_learnt_from():
    weight = np.arange(200.0)
    plain = classifier(sparsity=0, class_weight="balanced").fit(X, two)
    weighted = classifier(sparsity=0).fit(X, two, sample_weight=weight)
    of_sparse = classifier(sparsity=0).fit(sparse.csr_array(X), two)
    streamed = classifier(sparsity=0)
    for rows in (slice(0, 50), slice(50, 200)):
        streamed.partial_fit(X[rows], two[rows], classes=[0, 1])
    mean = X.mean(0)
    assert_allclose(given_mean(plain), mean, atol=1e-6)
    assert_allclose(given_mean(of_sparse), mean, atol=1e-6)
    assert_allclose(given_mean(streamed), mean, atol=1e-6)
    expected = np.average(X, axis=0, weights=weight)
    assert_allclose(given_mean(weighted), expected, atol=1e-6)
    again = plain.set_params(warm_start=True).fit(X[:100], two[:100])
    assert_allclose(given_mean(again), X[:100].mean(0), atol=1e-6)


def test_the_mean_takes_little_of_a_pickle_and_survives_it():
    wide = np.hstack([X, np.random.default_rng(0).normal(size=(200, 2000))])
    model = classifier(granularity="feature", n_keep=5, sparsity=0.9).fit(wide, two)
    stored = pickle.dumps(model._inputs)
    assert len(stored) < 500
    again = pickle.loads(pickle.dumps(model))
    codes, after = reason_codes(model, wide), reason_codes(again, wide)
    assert_array_equal(after.contributions, codes.contributions)


def test_a_network_that_does_not_know_its_rows_needs_a_baseline():
    model = classifier().fit(X, two)
    del model._inputs
    with pytest.raises(ValueError, match="Give a baseline"):
        reason_codes(model, X)
    reason_codes(model, X, baseline=X[0])


def linear(weight, names=None):
    """Return a classifier whose log-odds are the rows times a weight."""
    table = X[:, : len(weight)]
    if names is not None:
        table = pd.DataFrame(table, columns=names)
    model = classifier().fit(table, two)
    layer = Layer(np.array([weight], np.float32), np.zeros(1))
    model._predictor = StackPredictor([layer], None, "relu", "logistic")
    return model


def test_reasons_only_raise_the_risk_and_ties_keep_their_order():
    model = linear([1.0, -1.0, 0.5, 1.0, 0.0])
    rows = np.array([[1.0, 1.0, 2.0, 1.0, 9.0], [-1, -1, -1, -1, 1], [-1, 0, 0, 0, 0]])
    codes = reason_codes(model, rows, baseline=np.zeros(5), n_reasons=4)
    assert codes.reasons.tolist() == [
        ["x0", "x2", "x3", None],
        ["x1", None, None, None],
        [None] * 4,
    ]
    assert_array_equal(codes.strengths[0], [1, 1, 1, np.nan])


def test_more_reasons_than_columns():
    model = linear([2.0, 1.0])
    codes = reason_codes(model, np.ones((1, 2)), baseline=np.zeros(2), n_reasons=4)
    assert codes.reasons.tolist() == [["x0", "x1", None, None]]


def test_rounding_breaks_no_tie():
    model = linear([0.1, 0.2, 0.3])
    rows = np.array([[3.0, 1.5, 1.0]])
    codes = reason_codes(model, rows, baseline=np.zeros(3))
    assert codes.reasons.tolist() == [["x0", "x1", "x2", None]]


def test_points():
    model, scale = classifier(**DEEP).fit(X, two), PointsScale(pdo=20, points=600)
    plain, codes = reason_codes(model, X), reason_codes(model, X, points=scale)
    factor = 20 / np.log(2)
    assert_allclose(codes.contributions, -factor * plain.contributions)
    assert_allclose(codes.scores, scale.to_points(plain.scores))
    assert_array_equal(codes.reasons, plain.reasons)
    assert np.nanmax(codes.strengths) < 0
    assert not np.signbit(codes.contributions[codes.contributions == 0]).any()


def test_groups():
    names = ["a_1", "a_2", "b", "c", "d", "e", "f_1", "f_2"]
    table = pd.DataFrame(X, columns=names)
    model = classifier(**DEEP).fit(table, two)
    alone = reason_codes(model, table).contributions
    by_prefix = reason_codes(model, table, groups=["a_", "f_"])
    by_label = reason_codes(model, table, groups=[0, 0, 1, 2, 3, 4, 5, 5])
    assert by_prefix.names.tolist() == ["a_", "b", "c", "d", "e", "f_"]
    assert by_label.names.tolist() == list("012345")
    expected = np.column_stack(
        [alone[:, :2].sum(1), alone[:, 2:6], alone[:, 6:].sum(1)]
    )
    assert_allclose(by_prefix.contributions, expected, atol=1e-12)
    assert_allclose(by_label.contributions, expected, atol=1e-12)


def test_sparse_rows():
    model = classifier().fit(X, two)
    codes = reason_codes(model, sparse.csr_array(X), baseline=sparse.csr_array(X[:2]))
    expected = reason_codes(model, X, baseline=X[:2])
    assert_array_equal(codes.contributions, expected.contributions)


def test_the_table():
    table = pd.DataFrame(X, index=[f"row {i}" for i in range(200)])
    table.columns = [f"c{i}" for i in range(8)]
    codes = reason_codes(classifier().fit(table, two), table, n_reasons=2)
    frame = codes.to_frame()
    columns = ["reason_1", "contribution_1", "reason_2", "contribution_2"]
    assert frame.columns.tolist() == columns
    assert frame.index.tolist() == table.index.tolist()
    first = frame[frame.reason_1.notna()].iloc[0]
    row, column = table.index.get_loc(first.name), table.columns.get_loc(first.reason_1)
    assert first.contribution_1 == codes.contributions[row, column]
    assert first.contribution_1 == codes.contributions[row].max()


def test_the_table_of_a_list():
    frame = reason_codes(classifier().fit(X, two), X.tolist()).to_frame()
    assert frame.index.tolist() == list(range(200))


def test_no_columns_read():
    model = classifier().fit(X, two)
    weight = np.zeros((1, 0), np.float32)
    none = np.zeros(0, int)
    model._predictor = StackPredictor(
        [Layer(weight, np.ones(1))], none, "relu", "logistic"
    )
    for method in ("path", "shapley"):
        codes = reason_codes(model, X, method=method)
        assert_array_equal(codes.contributions, np.zeros((200, 8)))
        assert_array_equal(codes.base_value, 1)


@pytest.mark.parametrize(
    ("goal", "arguments", "message"),
    [
        (y, {}, r"give target as one of \[0, 1, 2\], got None"),
        (y, {"target": 7}, "got 7"),
        (both, {}, "There are several scores"),
        (two, {"target": 1}, "there is one score: leave it out"),
        (y, {"target": 0, "points": PointsScale()}, "log-odds of two classes"),
        (two, {"n_reasons": 0}, "'n_reasons' parameter of reason_codes"),
        (two, {"method": "lime"}, "'method' parameter of reason_codes"),
        (two, {"points": 20}, "'points' parameter of reason_codes"),
        (two, {"baseline": np.zeros(3)}, "has 3 features"),
        (two, {"baseline": np.full(8, np.nan)}, "contains NaN"),
        (two, {"groups": [0, 1]}, "groups has 2 labels"),
        (np.zeros(200, int), {}, "one class has nothing to explain"),
    ],
)
def test_what_is_refused(goal, arguments, message):
    model = classifier().fit(X, goal)
    with pytest.raises(ValueError, match=message):
        reason_codes(model, X, **arguments)


def test_values_beyond_float32_are_refused():
    model = classifier(sparsity=0).fit(X, two)
    with pytest.raises(ValueError, match="too large for dtype"):
        reason_codes(model, 1e300 * X)


def test_other_estimators():
    with pytest.raises(TypeError, match="not LogisticRegression"):
        reason_codes(LogisticRegression().fit(X, two), X)
    lstm = PrunedLSTMClassifier((4,), max_iter=2, prune_iter=1).fit(X, two)
    with pytest.raises(TypeError, match="not PrunedLSTMClassifier"):
        reason_codes(lstm, X)
    with pytest.raises(NotFittedError):
        reason_codes(classifier(), X)
    with pytest.raises(ValueError, match="log-odds of two classes"):
        reason_codes(regressor().fit(X, two), X, points=PointsScale())
