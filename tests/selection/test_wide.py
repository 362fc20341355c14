"""More columns than rows: trees thin the table before the networks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skprune.selection.network import ROWS_A_COLUMN
from skprune.selection.standardised import scale_of
from skprune.transformer import PruningTransformer


def words(seed=0, n=210, p=400, share=0.05):
    """Counts of rare words; three of them, more frequent, tell the class."""
    rng = np.random.default_rng(seed)
    X = rng.poisson(share, size=(n, p)).astype(float)
    X[:, :3] = rng.poisson(0.4, size=(n, 3))
    X = X[:, rng.permutation(p)]
    inputs = np.argsort(-X.sum(axis=0))[:3]
    return X, (X[:, inputs] > 0).any(axis=1).astype(int), set(inputs.tolist())


def network(n_keep, **settings):
    return PruningTransformer(
        "network", n_features_to_select=n_keep, random_state=0, **settings
    )


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
def test_the_words_that_tell_are_found(form):
    X, y, inputs = words()
    assert set(network(3).fit(form(X), y).get_support(indices=True)) == inputs


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("n_keep", [1, 10, 40, 150])
def test_exactly_as_many_stay_and_the_path_falls(n_keep):
    X, y, _ = words()
    pruner = network(n_keep).fit(X, y)
    assert pruner.n_features_ == n_keep
    counts = [point.n_features for point in pruner.path_]
    assert counts[0] == 400 and counts[-1] == n_keep
    assert all(more > fewer for more, fewer in zip(counts, counts[1:], strict=False))
    # Trees have no loss: the networks start where there is one.
    judged = [point.n_features for point in pruner.path_ if np.isfinite(point.loss)]
    assert judged[0] == max(2 * n_keep, 210 // ROWS_A_COLUMN)


@pytest.mark.usefixtures("small")
def test_what_trees_drop_ranks_behind_what_networks_saw():
    X, y, _ = words()
    pruner = network(10).fit(X, y)
    start = next(point for point in pruner.path_ if np.isfinite(point.loss))
    assert pruner.ranking_[start.support].max() < pruner.ranking_[~start.support].min()
    assert pruner.ranking_.max() == 391


@pytest.mark.usefixtures("small")
def test_a_tall_table_is_not_thinned():
    X, y, _ = words(p=200)
    assert np.isfinite([point.loss for point in network(10).fit(X, y).path_]).all()


@pytest.mark.usefixtures("small")
def test_repeats_are_equal_and_kept_columns_and_groups_survive_the_thinning():
    X, y, _ = words()
    label = np.arange(400) // 2
    pruner = network(10, groups=label, always_keep=[7]).fit(X, y)
    assert pruner.support_[[6, 7]].all() and pruner.n_features_ == 10
    assert_array_equal(pruner.support_[::2], pruner.support_[1::2])
    first = pruner.importances_
    assert_array_equal(pruner.fit(X, y).importances_, first)


def test_rare_words_are_divided_by_their_size_where_they_are():
    X = np.zeros((30, 3))
    X[:2, 0], X[4, 1] = [3.0, 5.0], -2.0
    weight = np.ones(30)
    weight[1] = 3.0
    for form in (np.asarray, sparse.csr_matrix):
        found = scale_of(form(X), weight)
        assert_array_equal(found.mean, 0.0)
        assert_allclose(found.spread, [np.sqrt((9 + 3 * 25) / 4), 2.0, 1.0])


def test_other_columns_are_standardised():
    X = np.random.default_rng(0).poisson(0.5, size=(50, 4)).astype(float)
    for form in (np.asarray, sparse.csr_matrix):
        found = scale_of(form(X), np.ones(50))
        assert_allclose(found.mean, X.mean(axis=0))
        assert_allclose(found.spread, X.std(axis=0))
