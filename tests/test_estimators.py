"""scikit-learn's own checks, whole: no failure is expected."""

import pytest
from instances import ESTIMATORS
from sklearn.utils.estimator_checks import (
    parametrize_with_checks,
)

from skprune import PrunedMLPClassifier, PrunedMLPRegressor

# Few epochs keep the checks fast; that they are few is what the warning says.
pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    # The checks fit where sample_weight is None, and skip array API backends.
    "ignore::sklearn.exceptions.SkipTestWarning",
)


@parametrize_with_checks(list(ESTIMATORS.values()))
def test_checks_at_small_settings(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks([PrunedMLPClassifier(), PrunedMLPRegressor()])
def test_checks_at_the_defaults(estimator, check):
    check(estimator)
