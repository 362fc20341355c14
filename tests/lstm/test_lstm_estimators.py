"""scikit-learn's own checks, whole: no failure is expected."""

import pytest
from sklearn.utils.estimator_checks import (
    parametrize_with_checks,
)

from skprune import PrunedLSTMClassifier, PrunedLSTMRegressor

SMALL = {"dense_layer_sizes": (), "learning_rate_init": 0.02, "random_state": 0}

# Few epochs keep the checks fast; that they are few is what the warning says.
pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    # The checks fit where sample_weight is None, and skip array API backends.
    "ignore::sklearn.exceptions.SkipTestWarning",
)


@parametrize_with_checks(
    [
        PrunedLSTMRegressor(
            (16,), granularity="lag", sparsity=0.3, max_iter=80, prune_iter=20, **SMALL
        ),
        PrunedLSTMClassifier(
            (8,), granularity="unit", sparsity=0.5, max_iter=50, prune_iter=20, **SMALL
        ),
        PrunedLSTMRegressor(
            (8,),
            n_bits=8,
            sparsity=0.5,
            max_iter=80,
            prune_iter=30,
            prune_alpha=0.1,
            **SMALL,
        ),
        PrunedLSTMRegressor(
            (8,), cell="gru", sparsity=0.5, max_iter=80, prune_iter=30, **SMALL
        ),
    ]
)
def test_checks_at_small_settings(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [
        PrunedLSTMClassifier(),
        PrunedLSTMRegressor(),
        PrunedLSTMClassifier(cell="gru"),
        PrunedLSTMRegressor(cell="gru"),
    ]
)
def test_checks_at_the_defaults(estimator, check):
    check(estimator)
