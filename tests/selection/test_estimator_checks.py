"""scikit-learn's own checks, every method, nothing expected to fail."""

from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from skprune.transformer import METHODS, PruningTransformer

# A step of 0.5 makes two rounds of the few columns that the checks have.
INSTANCES = [PruningTransformer(m, step=0.5, random_state=0) for m in METHODS]
INSTANCES.append(PruningTransformer(estimator=LogisticRegression(), random_state=0))


@parametrize_with_checks(INSTANCES)
def test_estimator(estimator, check):
    check(estimator)
