"""What every export starts from: a fitted network as plain arrays."""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from skprune.estimator.fitted import FittedNetwork
from skprune.inference import Layer, StackPredictor
from skprune.inference.activations import n_sorted
from skprune.inference.recurrent import RecurrentPredictor

Array = NDArray[Any]

TOLERANCE = 1e-5
N_ROWS = 64


WeightAndBias = tuple[Array, Array]
"""Of shapes (fan_in, fan_out) and (fan_out,)."""


class Recurrent(NamedTuple):
    """Recurrent layers over the steps of a row, whose last state a perceptron reads.

    Attributes
    ----------
    cell : str
        The kind of cells.
    cells : list of WeightAndBias
        For each layer from its inputs and its own last state, side by side, to the four
        maps of each cell: (n_inputs + n_cells, 4 * n_cells).
    factors : ndarray of float32 of shape (n_steps,)
        What each step's values are multiplied by.
    """

    cell: str
    cells: list[WeightAndBias]
    factors: Array


class Network(NamedTuple):
    """One network's arrays.

    Attributes
    ----------
    layers : list of WeightAndBias
        Of the perceptron that it is, or that it ends in.
    columns : ndarray of int64
        The input columns that it reads, those of the oldest step first.
    recurrent : Recurrent or None
        What is before the perceptron.
    """

    layers: list[WeightAndBias]
    columns: Array
    recurrent: Recurrent | None = None


class Source(NamedTuple):
    """A fitted network, or several whose predictions are averaged.

    Attributes
    ----------
    networks : list of Network
    activation, out_activation : str
    kind : {'regressor', 'binary', 'multiclass', 'multilabel'}
    classes : ndarray or None
    n_features, n_outputs : int
    """

    networks: list[Network]
    activation: str
    out_activation: str
    kind: str
    classes: Array | None
    n_features: int
    n_outputs: int

    @property
    def shape(self) -> tuple[int, ...]:
        """What the outputs of a row are arranged in: several quantiles by target."""
        n = n_sorted(self.out_activation)
        return (self.n_outputs,) if n is None else (self.n_outputs // n, n)


def source_of(estimator: Any) -> Source:
    """Return a fitted network's arrays.

    Raises
    ------
    TypeError
        If it is not one of skprune's networks.
    NotFittedError
        If it is not fitted.
    """
    predictors = [one._predictor for one in checked(estimator)._members()]
    n_features = int(estimator.n_features_in_)
    return Source(
        [_network(one) for one in predictors],
        predictors[0].activation,
        predictors[0].out_activation,
        kind_of(estimator),
        getattr(estimator, "classes_", None),
        n_features,
        int(estimator.n_outputs_),
    )


def demand_perceptron(source: Source, estimator: Any) -> Source:
    """Return the source of a perceptron; raise for another network."""
    if any(one.recurrent is not None for one in source.networks):
        raise TypeError(
            "Only multi-layer perceptrons can be exported in this form, not "
            f"{type(estimator).__name__}."
        )
    return source


def _network(predictor: StackPredictor | RecurrentPredictor) -> Network:
    columns = np.asarray(predictor.columns_read, np.int64)
    if isinstance(predictor, StackPredictor):
        return Network(_arrays(predictor.layers), columns)
    layers = _arrays(predictor.cells)
    recurrent = Recurrent(predictor.cell, layers, predictor.factors)
    return Network(_arrays(predictor.head), columns, recurrent)


def _arrays(layers: Sequence[Layer]) -> list[WeightAndBias]:
    return [(layer.dense.T, layer.bias[:, 0]) for layer in layers]


def checked(estimator: Any) -> Any:
    """Return the estimator if it is one of skprune's networks, and fitted.

    Raises
    ------
    TypeError
        If it is something else.
    NotFittedError
        If it is not fitted.
    ValueError
        If it knows one class only, or targets that float32 does not hold.
    """
    if not isinstance(estimator, FittedNetwork):
        raise TypeError(
            "Only networks of skprune can be exported in this form, not "
            f"{type(estimator).__name__}."
        )
    check_is_fitted(estimator, "_predictor")
    _demand_exportable(estimator)
    return estimator


def _demand_exportable(estimator: Any) -> None:
    if is_classifier(estimator) and len(estimator.classes_) == 1:
        raise ValueError("A classifier of one class has nothing to export.")
    if getattr(estimator._predictor, "shift", 0.0):
        raise ValueError(
            "The mean of several networks is shifted to another rate, which exports "
            "don't hold. Export the estimator from before the shift, or shift one "
            "network."
        )
    scaling = vars(estimator).get("_scaling")
    if scaling is not None and np.any(scaling.unit != 1.0):
        raise ValueError(
            "Exports give predictions in float32, which does not hold targets of the "
            "size that this regressor was fitted to. Fit it to targets of another unit."
        )


def kind_of(estimator: Any) -> str:
    """Return what a prediction is made of the outputs."""
    if not is_classifier(estimator):
        return "regressor"
    if estimator._multilabel:
        return "multilabel"
    return "binary" if estimator.n_outputs_ == 1 else "multiclass"


def random_rows(estimator: Any) -> Array:
    """Return rows to compare on; the same each time."""
    shape = N_ROWS, int(estimator.n_features_in_)
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def expected(estimator: Any, X: Any) -> Array:
    """Return probabilities, or a regressor's predictions as columns."""
    method = "predict_proba" if is_classifier(estimator) else "predict"
    return answers(estimator, X, method).reshape(len(X), -1)


def answers(estimator: Any, X: Any, method: str = "predict") -> Array:
    """Return what an estimator says of rows that are made up to compare on."""
    with warnings.catch_warnings():
        # That some levels are not known is meant; and columns are in their order.
        warnings.filterwarnings("ignore", "Found unknown categories", UserWarning)
        warnings.filterwarnings("ignore", "X does not have valid feature", UserWarning)
        return np.asarray(getattr(estimator, method)(X))


def demand_equal(
    given: Any, wanted: Array, what: str, among: Array | None = None
) -> None:
    """Raise where an export gives something else than its estimator.

    Parameters
    ----------
    given, wanted : ndarray of shape (n_rows, n_outputs)
    what : str
        Which export it is.
    among : ndarray or None
        What is wanted of all rows, where these are but some: a number near zero is as
        exact as large ones are.

    Raises
    ------
    RuntimeError
        If a number is off by more than ``TOLERANCE``, in units of the largest one
        where that is above 1.
    """
    among = wanted if among is None else among
    scale = max(1.0, float(np.abs(among).max(initial=0)))
    given = np.asarray(given, np.float64).reshape(wanted.shape)
    error = float(np.abs(given - wanted).max(initial=0)) / scale
    if not error <= TOLERANCE:
        raise RuntimeError(
            f"The {what} model differs from the estimator by {error:.1e}, which is "
            f"more than {TOLERANCE:.0e}."
        )


def demand_labels(given: Array, wanted: Array, proba: Array, what: str) -> None:
    """Raise where an export gives other labels than its estimator.

    Where two classes are as probable, rounding decides, and no label is wrong.

    Raises
    ------
    RuntimeError
        If one differs.
    """
    top = np.sort(proba, axis=1)
    multilabel = wanted.ndim == 2
    sure = abs(proba - 0.5) > 1e-4 if multilabel else top[:, -1] - top[:, -2] > 1e-4
    if not np.array_equal(given[sure].astype(wanted.dtype), wanted[sure]):
        raise RuntimeError(f"The {what} model's labels differ from the estimator's.")
