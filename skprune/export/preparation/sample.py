"""Rows to compare an export on, made of what its preparation knows of the table."""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skprune.export.preparation.expressions import (
    Arithmetic,
    Clipped,
    Curve,
    Expression,
    Filled,
    Lookup,
    Missing,
    Number,
    Preparation,
    Raw,
    Text,
    leaf_of,
    parts,
)

Array = NDArray[Any]

N_ROWS = 64
SHARE_MISSING, SHARE_UNKNOWN = 0.15, 0.1


def sample_of(preparation: Preparation) -> dict[str, list[Any]]:
    """Return the table's columns, the same each time; None where a value is missing.

    Numbers lie at the knots of their curves and in between, categories are their
    levels. Some are missing or of an unknown level, where the estimator takes that.
    """
    draws = np.random.default_rng(0)
    prepared = [*preparation.outputs, *preparation.dropped]
    return {
        name: _column([x for x in prepared if leaf_of(x).position == i], draws)
        for i, name in enumerate(preparation.names)
    }


def as_table(
    sample: dict[str, list[Any]], preparation: Preparation, estimator: Any
) -> Any:
    """Return the columns as the estimator takes them: a DataFrame, or an array."""
    columns = [
        _array(values, None if i in preparation.nones else np.nan)
        for i, values in enumerate(sample.values())
    ]
    if not hasattr(estimator, "feature_names_in_"):
        return np.stack(columns, axis=1)
    pandas = import_module("pandas")
    # Of the types of the arrays: text would become a type that has no None.
    series = [pandas.Series(column, dtype=column.dtype) for column in columns]
    return pandas.DataFrame(dict(zip(sample, series, strict=True)))


def _array(values: list[Any], missing: Any) -> Array:
    is_text = any(isinstance(value, str) for value in values) or missing is None
    filled = [missing if value is None else value for value in values]
    return np.array(filled, object if is_text else float)


def _column(outputs: list[Expression], draws: np.random.Generator) -> list[Any]:
    """Return values of one column of the table, which those outputs are of."""
    if any(isinstance(part, Text) for part in parts(outputs)):
        values = _levels(outputs, draws)
    else:
        values = _numbers(outputs, draws).tolist()
    if all(map(_takes_missing, outputs)):
        return [None if draws.random() < SHARE_MISSING else one for one in values]
    return values


def _levels(outputs: list[Expression], draws: np.random.Generator) -> list[Any]:
    strict, lenient = _lookups(outputs)
    known = strict[:1] or lenient
    levels = sorted({str(level) for one in known for level in one.levels})
    values = [levels[i] for i in draws.integers(len(levels), size=N_ROWS)]
    if strict:
        return values
    unknown = max(levels, key=len) + "?"
    return [unknown if draws.random() < SHARE_UNKNOWN else one for one in values]


def _numbers(outputs: list[Expression], draws: np.random.Generator) -> Array:
    """Return numbers, half of them points at which something happens."""
    strict, _ = _lookups(outputs)
    points = np.unique(
        [point for part in strict[:1] or parts(outputs) for point in _points(part)]
    )
    if not len(points):
        return draws.standard_normal(N_ROWS)
    start, end = draws.choice(points, (2, N_ROWS))
    if strict:
        return np.asarray(start)
    share = np.where(draws.random(N_ROWS) < 0.5, 0.0, draws.random(N_ROWS))
    return np.asarray(start + share * (end - start))


def _lookups(outputs: list[Expression]) -> tuple[list[Lookup], list[Lookup]]:
    """Return the lookups that have no number for what is no level, and the others."""
    lookups = [part for part in parts(outputs) if isinstance(part, Lookup)]
    strict = [one for one in lookups if one.other is None or np.isnan(one.other)]
    return strict, [one for one in lookups if one not in strict]


def _points(part: Expression) -> list[float]:
    """List numbers of the table's column at which a part bends, jumps or is set."""
    if isinstance(part, Number | Raw | Text | Missing):
        return []
    found: Iterable[Any] = (-2.0, 0.0, 2.0)
    inner = part.x
    if isinstance(part, Curve):
        found = part.knots
    elif isinstance(part, Lookup):
        found = part.levels
    elif isinstance(part, Filled):
        found = (part.value,)
    elif isinstance(part, Clipped):
        found = (part.lower, part.upper)
    elif isinstance(part, Arithmetic):
        inner = part
    numbers = [float(one) for one in found if not isinstance(one, str)]
    return _as_raw(inner, numbers)


def _as_raw(x: Expression, numbers: list[float]) -> list[float]:
    """Return what of the table's column gives these numbers; empty behind a curve."""
    while not isinstance(x, Raw | Number | Text):
        if isinstance(x, Arithmetic):
            undo, by = UNDO[x.operator], x.number
            numbers = [float(undo(one, by)) for one in numbers]
        elif not isinstance(x, Filled | Clipped):
            return []
        x = x.x
    return numbers


UNDO: dict[str, Callable[[float, float], float]] = {
    "+": lambda x, by: x - by,
    "-": lambda x, by: x + by,
    "*": lambda x, by: x / by if by else 0.0,
    "/": lambda x, by: x * by,
}


def _takes_missing(x: Expression) -> bool:
    """Return whether something stands for a value that is missing, and none refuses."""
    stands = False
    for part in parts([x]):
        if isinstance(part, Lookup):
            if part.missing is None:
                return False
            stands |= not np.isnan(part.missing)
        stands |= isinstance(part, Filled | Missing)
    return stands
