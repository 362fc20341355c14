"""What is chosen: known inputs are found, amounts and groups are held."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.linear_model import Lasso, LogisticRegression, lasso_path

from skprune.selection.l1 import compressed
from skprune.selection.moments import gram, moments
from skprune.transformer import METHODS, PruningTransformer

# The fixture sets the same sizes for all examples.
SHARED = [HealthCheck.function_scoped_fixture]

every_method = pytest.mark.parametrize("method", METHODS)


def linear(seed=0, n=200, p=12):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * np.logspace(-2, 2, p)
    Z = X / X.std(axis=0)
    return X, Z[:, 2] - 2 * Z[:, 5] + 1.5 * Z[:, 9], {2, 5, 9}


def xor(seed=0, n=500, p=8):
    X = np.random.default_rng(seed).normal(size=(n, p))
    return X, (X[:, 3] * X[:, 7] > 0).astype(int), {3, 7}


def chosen(pruner):
    return set(np.flatnonzero(pruner.get_support()))


@every_method
@pytest.mark.parametrize("target", ["numbers", "two", "three", "labels", "outputs"])
def test_finds_linear_inputs_for_every_target(method, target):
    X, y, inputs = linear(n=400)
    targets = {
        "numbers": y,
        "two": np.where(y > 0, "yes", "no"),
        "three": np.digitize(y, [-1, 1]),
        "labels": np.column_stack([y > 0, y > 1]).astype(int),
        "outputs": np.column_stack([y, -y + X[:, 2] / X[:, 2].std()]),
    }
    pruner = PruningTransformer(method, n_features_to_select=3, random_state=0)
    assert chosen(pruner.fit(X, targets[target])) == inputs


@pytest.mark.parametrize("method", ["forest", "permutation", "network"])
def test_finds_an_interaction(method):
    X, y, inputs = xor()
    pruner = PruningTransformer(method, n_features_to_select=2, random_state=0)
    assert chosen(pruner.fit(X, y)) == inputs


def test_l1_follows_the_lasso_path():
    """The order of entry is that of lasso_path on the standardised table."""
    X, y, _ = linear()
    y = y + np.random.default_rng(1).normal(size=len(y))
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    for n_keep in (2, 4, 6):
        pruner = PruningTransformer(n_features_to_select=n_keep).fit(X, y)
        penalty = [point.penalty for point in pruner.path_]
        _, coefs, _ = lasso_path(Z, y - y.mean(), alphas=penalty, tol=1e-8)
        assert_allclose(pruner.importances_, np.abs(coefs[:, -1]), atol=2e-3)


def test_compression_keeps_the_lasso_solution():
    X, y, _ = linear(n=60)
    weight = np.random.default_rng(0).uniform(1, 2, size=60)
    of = moments(X, weight)
    Z, share = (X - of.mean) / of.spread, weight / weight.sum()
    b = (Z.T @ (share * y))[:, None]
    A, r = compressed(gram(X, np.arange(12), weight, of), b)
    settings_ = {"alpha": 0.1, "fit_intercept": False, "tol": 1e-10}
    ours = Lasso(**settings_).fit(A, r[:, 0]).coef_
    root = np.sqrt(60 * share)
    oracle = Lasso(**settings_).fit(Z * root[:, None], y * root).coef_
    assert_allclose(ours, oracle, atol=1e-7)


@pytest.mark.usefixtures("small")
@every_method
@settings(max_examples=5, suppress_health_check=SHARED)
@given(n_keep=st.integers(1, 6), seed=st.integers(0, 99))
def test_ties_never_keep_too_many(method, n_keep, seed):
    """Columns that are copies of one another score alike; exactly k stay."""
    x = np.random.default_rng(seed).normal(size=(30, 1))
    X, y = np.tile(x, 6), (x[:, 0] > 0).astype(int)
    pruner = PruningTransformer(method, n_features_to_select=n_keep, step=1.0)
    assert pruner.set_params(random_state=seed).fit(X, y).n_features_ == n_keep


@pytest.mark.usefixtures("small")
@every_method
@settings(max_examples=5, suppress_health_check=SHARED)
@given(data=st.data())
def test_groups_stay_whole_and_kept_columns_stay(method, data):
    label = data.draw(st.lists(st.integers(0, 4), min_size=10, max_size=10))
    forced = data.draw(st.integers(0, 9))
    X, y, _ = linear(n=40, p=10)
    least = label.count(label[forced])
    n_keep = data.draw(st.integers(least, 10))
    pruner = PruningTransformer(
        method, n_features_to_select=n_keep, groups=label, always_keep=[forced],
        step=1.0, random_state=0,
    ).fit(X, y)  # fmt: skip
    support, label = pruner.support_, np.array(label)
    assert support[forced] and support.sum() <= n_keep
    for group in set(label.tolist()):
        assert len(set(support[label == group].tolist())) == 1
        assert len(set(pruner.ranking_[label == group].tolist())) == 1
    # No group that was left out would still fit.
    room = n_keep - support.sum()
    assert all((label == g).sum() > room for g in label[~support])


@pytest.mark.parametrize("sparsity", [0.0, 0.29, 0.5, 0.7, 0.99])
def test_sparsity_drops_whole_columns(sparsity):
    X = np.random.default_rng(0).normal(size=(50, 100))
    pruner = PruningTransformer(sparsity=sparsity).fit(X, X[:, 0])
    assert pruner.n_features_ == 100 - round(100 * sparsity)
    assert pruner.sparsity_ == pytest.approx(sparsity)
    assert_array_equal(pruner.ranking_ == 1, pruner.support_)


@pytest.mark.parametrize("threshold", ["mean", "median", "1.5*mean", 0.2])
def test_threshold_is_on_importances(threshold):
    X, y, _ = linear()
    pruner = PruningTransformer("forest", threshold=threshold, random_state=0)
    scores = pruner.fit(X, y).importances_
    values = {"mean": scores.mean(), "median": np.median(scores)}
    values |= {"1.5*mean": 1.5 * scores.mean(), 0.2: 0.2}
    assert_array_equal(pruner.support_, scores >= values[threshold])


def test_estimator_takes_the_place_of_a_method():
    X, y, inputs = linear()
    X /= X.std(axis=0)
    model = LogisticRegression()
    pruner = PruningTransformer(estimator=model, n_features_to_select=3)
    assert chosen(pruner.fit(X, y > 0)) == inputs
    assert not hasattr(model, "coef_")


def test_auto_takes_the_fewest_within_one_standard_error():
    X, y, inputs = linear(n=200, p=12)
    pruner = PruningTransformer(sparsity="auto", random_state=0).fit(X, y > 0)
    results = pruner.cv_results_
    assert inputs >= chosen(pruner) or chosen(pruner) >= inputs
    mean, spread = results["mean_test_score"], results["std_test_score"]
    best = mean.argmax()
    error = spread[best] / np.sqrt(4)  # five folds, one degree of freedom fewer
    first = np.flatnonzero(mean >= mean[best] - error)[0]
    assert pruner.n_features_ == results["n_features"][first] < 12


@pytest.mark.usefixtures("small")
@every_method
def test_constant_columns_go_first(method):
    X, y, _ = linear(p=12)
    X[:, [0, 5]] = 3.0
    pruner = PruningTransformer(method, n_features_to_select=10, random_state=0)
    pruner.fit(X, y)
    assert not pruner.support_[[0, 5]].any()
    assert_array_equal(pruner.importances_[[0, 5]], 0)
    assert np.isfinite(pruner.importances_).all()


def test_more_columns_than_rows():
    X, y, _ = linear(n=15, p=40)
    assert PruningTransformer(sparsity=0.25).fit(X, y).n_features_ == 30


@every_method
def test_sparse_equals_dense(method):
    rng = np.random.default_rng(0)
    X = rng.poisson(0.3, size=(120, 15)).astype(float)
    y = X[:, 1] + X[:, 4] > 0
    settings_ = {"sparsity": 0.6, "random_state": 0}
    dense = PruningTransformer(method, **settings_).fit(X, y)
    thin = PruningTransformer(method, **settings_).fit(sparse.csc_matrix(X), y)
    assert {1, 4} <= chosen(thin)
    assert {1, 4} <= chosen(dense)
    out = thin.transform(sparse.csr_matrix(X))
    assert sparse.issparse(out) and out.shape == (120, 6)


def test_columns_may_come_in_any_order():
    X, y, _ = linear()
    order = np.random.default_rng(3).permutation(12)
    one = PruningTransformer(sparsity=0.6).fit(X, y)
    two = PruningTransformer(sparsity=0.6).fit(X[:, order], y)
    assert_allclose(one.importances_[order], two.importances_, atol=1e-4)
    assert_array_equal(one.support_[order], two.support_)


@pytest.mark.usefixtures("small")
@every_method
def test_a_weight_is_a_repetition(method):
    X, y, _ = linear(n=60)
    weight = np.random.default_rng(0).integers(0, 3, size=60)
    pruner = PruningTransformer(method, sparsity=0.7, random_state=0)
    one = pruner.fit(X, y, sample_weight=weight).importances_
    two = pruner.fit(np.repeat(X, weight, axis=0), np.repeat(y, weight)).importances_
    assert_array_equal(one, two)


@every_method
def test_repeats_are_equal_to_the_bit_whatever_the_jobs(method):
    X, y, _ = linear(n=80)
    settings_ = {"random_state": 3, "n_bootstrap": 1, "step": 1.0}
    one = PruningTransformer(method, **settings_).fit(X, y)
    np.random.rand()
    two = PruningTransformer(method, n_jobs=2, **settings_).fit(X, y)
    assert_array_equal(one.importances_, two.importances_)
    assert_array_equal(one.selection_frequency_, two.selection_frequency_)


def test_stability_is_firm_on_inputs_and_bounded_on_noise():
    X, y, inputs = linear(n=300, p=40)
    pruner = PruningTransformer(n_features_to_select=3, n_bootstrap=20, random_state=0)
    pruner.fit(X, y)
    assert_array_equal(pruner.selection_frequency_[list(inputs)], 1.0)
    assert pruner.selection_frequency_.sum() == pytest.approx(3)
    # q**2 / ((2 * 0.75 - 1) * p), with q = 3 of p = 40
    assert pruner.expected_false_selections_ == pytest.approx(9 / 20)


def test_large_forest_rows_are_sampled_by_seed(monkeypatch):
    monkeypatch.setattr("skprune.selection.forest.MAX_ROWS", 150)
    X, y, inputs = linear()
    pruner = PruningTransformer("forest", n_features_to_select=3, random_state=0)
    assert chosen(pruner.fit(X, y)) == inputs
    assert_array_equal(pruner.importances_, pruner.fit(X, y).importances_)


@pytest.mark.usefixtures("small")
def test_network_makes_minibatches_of_a_table_it_cannot_hold(monkeypatch):
    X, y, _ = linear(n=80)
    pruner = PruningTransformer("network", n_features_to_select=3, random_state=0)
    held = pruner.fit(X, y).importances_
    monkeypatch.setattr("skprune.selection.standardised.HELD_ENTRIES", 0)
    assert_allclose(pruner.fit(X, y).importances_, held, atol=1e-4)


@pytest.mark.usefixtures("small")
@every_method
def test_path_keeps_every_point(method):
    X, y, _ = linear()
    pruner = PruningTransformer(method, n_features_to_select=3, random_state=0)
    path = pruner.fit(X, y).path_
    counts = [point.n_features for point in path]
    assert counts == sorted(counts, reverse=method != "l1") and len(counts) > 3
    assert all(point.support.sum() == point.n_features for point in path)
    if method == "network":
        assert np.isfinite([(point.penalty, point.loss) for point in path]).all()
