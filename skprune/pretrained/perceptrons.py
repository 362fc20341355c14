"""scikit-learn's perceptrons, as networks to prune."""

from typing import Any

from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from skprune.estimator.given import Given


def of_perceptron(estimator: Any) -> Given:
    """Return what a fitted perceptron of scikit-learn predicts by.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor

    Raises
    ------
    NotFittedError
        If it is not fitted.
    """
    check_is_fitted(estimator)
    # scikit-learn has them as (fan_in, fan_out).
    weights = [weight.T for weight in estimator.coefs_]
    layers = list(zip(weights, estimator.intercepts_, strict=True))
    given = Given(layers, estimator.activation, estimator.out_activation_)
    if not is_classifier(estimator):
        return given
    kind = estimator._label_binarizer.y_type_
    return Given(
        layers,
        estimator.activation,
        estimator.out_activation_,
        estimator.classes_,
        multilabel=kind == "multilabel-indicator",
    )
