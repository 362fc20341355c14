"""What reaches the ranking estimator, and what form of table is taken."""

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags

from skprune.transformer import METHODS, PruningTransformer


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("method", METHODS)
def test_long_indices_choose_as_short_ones(method):
    rng = np.random.default_rng(0)
    X = sparse.csr_matrix(rng.poisson(0.3, size=(60, 8)).astype(float))
    y = X.toarray()[:, 1] > 0
    pruner = PruningTransformer(method, random_state=0)
    short = pruner.fit(X, y).importances_
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    assert_array_equal(pruner.fit(X, y).importances_, short)


def test_dense_and_sparse_tables_have_one_l1_path():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X = rng.poisson(rng.uniform(0.05, 2, 30), size=(90, 30)).astype(float)
        y = (X[:, :4].sum(axis=1) + rng.normal(size=90) > 3).astype(int)
        pruner = PruningTransformer(n_features_to_select=8, random_state=0)
        dense = pruner.fit(X, y).ranking_
        assert_array_equal(pruner.fit(sparse.csr_matrix(X), y).ranking_, dense)


def test_nan_reaches_an_estimator_that_takes_it():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 5))
    y = (X[:, 2] > 0).astype(int)
    X[::7, 4] = np.nan
    trees = PruningTransformer(
        estimator=DecisionTreeClassifier(random_state=0), n_features_to_select=1
    )
    assert get_tags(trees).input_tags.allow_nan
    assert trees.fit(X, y).support_[2]
    assert np.isnan(trees.set_params(n_features_to_select=5).fit_transform(X, y)).any()
    for pruner in (PruningTransformer(), PruningTransformer("forest")):
        with pytest.raises(ValueError, match="contains NaN"):
            pruner.fit(X, y)
    with pytest.raises(ValueError, match="contains NaN"):
        PruningTransformer(estimator=LogisticRegression()).fit(X, y)


class Recorder(ExtraTreesClassifier):
    """Remembers the weights that it was fitted with."""

    seen: list = []

    def fit(self, X, y, sample_weight=None):
        self.seen.append(sample_weight)
        return super().fit(X, y, sample_weight=sample_weight)


@pytest.mark.parametrize("asks", [True, False])
def test_weights_go_to_an_estimator_that_asks(asks):
    rng = np.random.default_rng(0)
    X, weight = rng.normal(size=(40, 4)), rng.uniform(0.5, 2, 40)
    Recorder.seen.clear()
    with sklearn.config_context(enable_metadata_routing=True):
        model = Recorder(4, random_state=0).set_fit_request(sample_weight=asks)
        pruner = PruningTransformer(estimator=model)
        pruner.fit(X, X[:, 0] > 0, sample_weight=weight)
    assert len(Recorder.seen) > 0
    assert all((w is not None) == asks for w in Recorder.seen)


def test_an_estimator_that_has_not_said_is_asked():
    X = np.random.default_rng(0).normal(size=(40, 4))
    with sklearn.config_context(enable_metadata_routing=True):
        pruner = PruningTransformer(estimator=Recorder(4))
        with pytest.raises(ValueError, match="sample_weight"):
            pruner.fit(X, X[:, 0] > 0, sample_weight=np.ones(40))
