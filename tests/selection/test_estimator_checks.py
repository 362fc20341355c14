"""scikit-learn's own checks, every method, nothing expected to fail."""

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from skprune.transformer import METHODS, PruningTransformer

INSTANCES = [PruningTransformer(method, random_state=0) for method in METHODS]
INSTANCES.append(PruningTransformer(estimator=LogisticRegression(), random_state=0))


@pytest.mark.usefixtures("small")
@parametrize_with_checks(INSTANCES)
def test_estimator(estimator, check):
    check(estimator)
