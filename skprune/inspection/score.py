"""What is explained: the score of a perceptron, as a network of one output."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from skprune.estimator.fitted import FittedNetwork
from skprune.inference import StackPredictor
from skprune.inspection.score_network import HiddenLayer, ScoreNetwork

Array = NDArray[Any]
Floats = NDArray[np.float64]


def networks_of(estimator: Any) -> list[StackPredictor]:
    """Return the fitted perceptrons of an estimator, one or several.

    Raises
    ------
    TypeError
        If it is not one of skprune's perceptrons.
    NotFittedError
        If it is not fitted.
    """
    if isinstance(estimator, FittedNetwork):
        check_is_fitted(estimator, "_predictor")
        found = [one._predictor for one in estimator._members()]
        if all(isinstance(one, StackPredictor) for one in found):
            return found
    raise TypeError(
        "Only PrunedMLPClassifier, PrunedMLPRegressor and Pipelines that end in one "
        f"can be explained, not {type(estimator).__name__}."
    )


def score_networks(estimator: Any, target: Any = None) -> list[ScoreNetwork]:
    """Return the networks whose mean output is the estimator's score.

    Parameters
    ----------
    estimator : PrunedMLPClassifier or PrunedMLPRegressor
        Fitted.
    target : object, default=None
        The class, label or output that the score is of, where there are several.

    Raises
    ------
    ValueError
        If ``target`` is missing, unknown, or given where there is no choice.
    """
    mixing = _mixing(estimator, target)
    shift = getattr(estimator._predictor, "shift", 0.0)
    return [_of_output(one, mixing, shift) for one in networks_of(estimator)]


def score_name(estimator: Any, target: Any = None) -> str:
    """Return what a score is, in words."""
    if not is_classifier(estimator):
        return "prediction" if target is None else f"prediction {target}"
    if estimator.n_outputs_ == 1:
        return f"log-odds of {estimator.classes_[1]}"
    kind = "log-odds" if estimator._multilabel else "centred log-probability"
    return f"{kind} of {target}"


def _mixing(estimator: Any, target: Any) -> Floats:
    """Return the weights of the outputs in the score, (n_outputs,)."""
    networks_of(estimator)
    n_outputs = int(estimator.n_outputs_)
    if is_classifier(estimator) and len(estimator.classes_) == 1:
        raise ValueError("A classifier of one class has nothing to explain.")
    unit = vars(estimator)["_scaling"].unit if "_scaling" in vars(estimator) else 1.0
    chosen = np.eye(n_outputs)[_output(estimator, target)]
    if is_classifier(estimator) and n_outputs > 1 and not estimator._multilabel:
        # Softmax is blind to a common shift of the outputs; so is this.
        chosen = chosen - 1 / n_outputs
    return chosen * unit


def _output(estimator: Any, target: Any) -> int:
    if estimator.n_outputs_ == 1:
        if target is not None:
            raise ValueError(
                "target is for several classes or outputs, and there is one score: "
                f"leave it out; got {target!r}."
            )
        return 0
    known = getattr(estimator, "classes_", np.arange(estimator.n_outputs_)).tolist()
    if target is None or target not in known:
        raise ValueError(
            f"There are several scores: give target as one of {known}, got {target!r}."
        )
    return int(known.index(target))


def _of_output(predictor: StackPredictor, mixing: Floats, shift: float) -> ScoreNetwork:
    layers = [(w.astype(float), b.astype(float)) for w, b in predictor.arrays]
    *inner, (weight, bias) = layers
    hidden = [HiddenLayer(w, b, predictor.activation) for w, b in inner]
    if predictor.out_activation == "exp":
        hidden.append(HiddenLayer(weight, bias, "exp"))
        readout, constant = mixing, 0.0
    else:
        readout, constant = mixing @ weight, float(mixing @ bias) + shift
    return ScoreNetwork(predictor.columns_read, hidden, readout, constant)
