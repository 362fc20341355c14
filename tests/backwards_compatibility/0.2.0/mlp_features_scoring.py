"""Scores rows with the weights beside this file; needs NumPy alone.

``predict_proba(X)`` and ``predict(X)`` take rows of shape (n_samples, n_features).
Written by ``skprune.export.to_numpy``.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
import json
import numpy as np


Array = np.ndarray[Any, np.dtype[Any]]


def _softmax(x: Array) -> Array:
    x = np.exp(x - x.max(1, keepdims=True))
    return np.asarray(x / x.sum(1, keepdims=True))


FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "exp": np.exp,
    "identity": lambda x: x,
    "logistic": lambda x: (np.tanh(x / 2) + 1) / 2,  # which never overflows
    "relu": lambda x: np.maximum(x, 0),
    "softmax": _softmax,
    "tanh": np.tanh,
}


@cache
def weights() -> dict[str, Any]:
    """Return the arrays by name."""
    with np.load(Path(__file__).with_suffix(".npz"), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


@cache
def classes() -> Array:
    """Return the classes, in the order of their probabilities."""
    if "labels" in weights():
        return np.array(json.loads(str(weights()["labels"])), dtype=object)
    return np.asarray(weights()["classes"])


def predict(X: Any) -> Array:
    """Return the most probable class, the labels, or the predicted targets."""
    if weights()["kind"] == "regressor":
        out = scores(X)
        return out[:, 0] if out.shape[1] == 1 else out
    if weights()["kind"] == "multilabel":
        return (predict_proba(X) > 0.5).astype(int)
    return np.asarray(classes()[predict_proba(X).argmax(1)])


def predict_proba(X: Any) -> Array:
    """Return the probability of each class, or of each label."""
    if weights()["kind"] == "regressor":
        raise TypeError("the model is a regressor")
    out = scores(X)
    if weights()["kind"] == "binary":
        return np.concatenate([1 - out, out], axis=1)
    return out


def scores(X: Any) -> Array:
    """Return the mean of the networks' outputs, (n_samples, n_outputs, ...)."""
    model, rows = weights(), inputs(weights(), X)
    if not np.isfinite(rows).all():
        raise ValueError("X contains NaN or infinity where the network takes none")
    each = [_network(model, k, rows) for k in range(int(model["n_networks"]))]
    return np.asarray(sum(each) / len(each))


def _network(model: dict[str, Any], k: int, rows: Array) -> Array:
    rows, last = seen(model, k, rows), int(model["n_layers"]) - 1
    for i in range(last + 1):
        name = "activation" if i < last else "out_activation"
        rows = rows @ model[f"weight_{k}_{i}"] + model[f"bias_{k}_{i}"]
        rows = FUNCTIONS[str(model[name])](rows)
    rows = rows.reshape(-1, *model["shape"])
    # Quantiles, which lie next to one another for each target, ascend.
    return np.sort(rows, axis=2) if rows.ndim == 3 else rows


def seen(model: dict[str, Any], k: int, rows: Any) -> Any:
    """Return what the linear layers of network ``k`` read, (n_samples, n_inputs)."""
    return rows[:, model[f"columns_{k}"]]


def inputs(model: dict[str, Any], X: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """Return what the networks read, (n_samples, n_features) of float32."""
    rows, width = np.asarray(X, np.float32), int(model["n_features"])
    if rows.ndim != 2 or rows.shape[1] != width:
        raise ValueError(f"X has shape {rows.shape}; expected rows of {width} features")
    return rows
