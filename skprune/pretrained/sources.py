"""Which library a network is from, and who reads it."""

from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skprune.estimator.given import Given
from skprune.pretrained.heads import of_outputs
from skprune.pretrained.perceptrons import of_perceptron


def read(estimator: Any, y: Any) -> Given:
    """Return a trained network, as it is to be pruned on targets ``y``.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor, torch.nn.Sequential or skorch.NeuralNet
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)

    Raises
    ------
    TypeError
        If it is none of these.
    NotFittedError
        If it is not trained.
    ValueError
        If it is a network of another make, or not one for these targets.
    """
    if isinstance(estimator, MLPClassifier | MLPRegressor):
        return of_perceptron(estimator)
    if _is_from("skorch", estimator):
        return _of_skorch(estimator, y)
    if _is_from("torch", estimator):
        return _of_module(estimator, y)
    raise TypeError(
        "A fitted MLPClassifier or MLPRegressor, a torch.nn.Sequential or a skorch "
        f"network of one can be pruned, got {type(estimator).__name__}. Of a Pipeline, "
        "prune the last step on what the others make of X: "
        "prune(pipe[-1], pipe[:-1].transform(X), y)."
    )


def _is_from(library: str, estimator: Any) -> bool:
    # Without loading what the user may not have loaded.
    roots = {base.__module__.partition(".")[0] for base in type(estimator).__mro__}
    return library in roots


def _of_module(module: Any, y: Any, **known: Any) -> Given:
    from skprune.pretrained.sequential import read_sequential

    return of_outputs(*read_sequential(module), np.asarray(y), **known)


def _of_skorch(net: Any, y: Any) -> Given:
    if not hasattr(net, "module_"):
        raise NotFittedError(
            f"This {type(net).__name__} is not initialized yet: train it first."
        )
    if is_regressor(net):
        return _of_module(net.module_, y, classifies=False)
    if is_classifier(net):
        classes = getattr(net, "classes_", None)
        return _of_module(net.module_, y, classifies=True, classes=classes)
    return _of_module(net.module_, y)
