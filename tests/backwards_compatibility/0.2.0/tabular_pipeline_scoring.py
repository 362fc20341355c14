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


Array = np.ndarray[Any, np.dtype[Any]]


def inputs(model: dict[str, Any], X: Any) -> Array:
    """Return what the networks read, (n_samples, n_features) of float32.

    X is a DataFrame, a dict of columns, a list of dicts, or rows; None and NaN are
    missing values.
    """
    return prepared(json.loads(str(model["preparation"])), X).astype(np.float32)


def prepared(plan: dict[str, Any], X: Any) -> Array:
    """Return the columns computed of raw records, (n_samples, n_outputs) of float64."""
    values: list[Array] = []
    for part in plan["parts"]:
        if "position" in part:
            raw = column(X, plan["names"], part["position"])
            values.append(_text(raw) if part["kind"] == "Text" else _number(raw))
        else:
            values.append(KINDS[part["kind"]](part, values[part["x"]]))
    return np.stack([values[i] for i in plan["outputs"]], axis=1)


def column(X: Any, names: list[str], position: int) -> list[Any]:
    """Return the values of one column of a table, of records or of rows."""
    name = names[position]
    try:
        if hasattr(X, "keys"):
            return list(X[name])
        if len(X) and hasattr(X[0], "keys"):
            return [record[name] for record in X]
    except KeyError:
        raise ValueError(f"X has no column {name!r}") from None
    rows = np.asarray(X, object)
    if rows.ndim != 2 or rows.shape[1] != len(names):
        raise ValueError(f"X has shape {rows.shape}; expected the columns {names}")
    return list(rows[:, position])


def is_missing(value: Any) -> bool:
    """Return whether a value is None, NaN, NaT or NA: they don't equal themselves."""
    # Of NA the comparison is neither true nor false.
    return value is None or str(value == value) != "True"


def _number(raw: list[Any]) -> Array:
    out = np.array([np.nan if is_missing(one) else float(one) for one in raw])
    if np.isinf(out).any():
        raise ValueError("X contains infinity")
    return out


def _text(raw: list[Any]) -> Array:
    return np.array([None if is_missing(one) else str(one) for one in raw], object)


def _gap(x: Array) -> Array:
    return np.array([one is None for one in x]) if x.dtype == object else np.isnan(x)


def _lookup(part: dict[str, Any], x: Array) -> Array:
    table = dict(zip(part["levels"], part["values"], strict=True))
    found = [table.get(one, part["other"]) for one in x.tolist()]
    out = np.array(np.where(_gap(x), part["missing"], found), object)
    if unknown := {
        str(one) for one, value in zip(x, out, strict=True) if value is None
    }:
        raise ValueError(f"Found unknown categories {sorted(unknown)}")
    return out.astype(float)


def _curve(part: dict[str, Any], x: Array) -> Array:
    knots, left, at, right = (
        np.array(part[name]) for name in ("knots", "left", "at", "right")
    )
    slopes = np.append((left[1:] - right[:-1]) / np.diff(knots), part["above"])
    i = np.maximum(np.searchsorted(knots, x, "right") - 1, 0)
    out = np.where(x == knots[i], at[i], right[i] + (x - knots[i]) * slopes[i])
    return np.where(x < knots[0], left[0] + (x - knots[0]) * part["below"], out)


# Algorithm AS 241 of M. J. Wichura (Applied Statistics, 1988), PPND16, without the
# part for tails below exp(-25): coefficients of two rational functions, highest power
# first. The first is of CENTRE**2 - (p - 1/2)**2, within CENTRE of the median, the
# second of sqrt(-log(tail)) - SHIFT.
CENTRE, SHIFT = 0.425, 1.6
CENTRAL = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4)
    + (4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3)
    + (1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4)
    + (2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2)
    + (4.2313330701600911252e1, 1.0),
)
TAIL = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1)
    + (1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0)
    + (4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2)
    + (1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0)
    + (2.05319162663775882187e0, 1.0),
)


def _normal_quantile(part: dict[str, Any], p: Array) -> Array:
    q = p - 0.5
    central = CENTRE**2 - q**2
    centre = q * np.polyval(CENTRAL[0], central) / np.polyval(CENTRAL[1], central)
    tail = np.sqrt(-np.log(np.minimum(p, 1 - p))) - SHIFT
    size = np.polyval(TAIL[0], tail) / np.polyval(TAIL[1], tail)
    return np.where(abs(q) <= CENTRE, centre, np.sign(q) * size)


OPERATORS: dict[str, Callable[[Any, Any], Array]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}
KINDS: dict[str, Callable[[dict[str, Any], Array], Array]] = {
    "Filled": lambda part, x: np.where(_gap(x), part["value"], x),
    "Missing": lambda part, x: _gap(x).astype(float),
    "Arithmetic": lambda part, x: OPERATORS[part["operator"]](x, part["number"]),
    "Clipped": lambda part, x: np.clip(x, part["lower"], part["upper"]),
    "Curve": _curve,
    "NormalQuantile": _normal_quantile,
    "Lookup": _lookup,
}
