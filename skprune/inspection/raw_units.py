"""The columns that a network sees in terms of the raw ones."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)

from skprune.inspection.fields import Model
from skprune.preprocessing.groups import names_out, walk

Array = NDArray[Any]


class Column(NamedTuple):
    """A column that is ``(label - centre) / scale``.

    Attributes
    ----------
    name : str
    centre, scale : float
    bent_by : str
        The last step that did anything else to it, if it has kept the column's name.
    """

    name: str
    centre: float = 0.0
    scale: float = 1.0
    bent_by: str = ""

    @property
    def label(self) -> str:
        """The name, with the step that it is not to be read without."""
        return f"{self.bent_by}({self.name})" if self.bent_by else self.name


def columns_seen(model: Model) -> list[Column]:
    """Return the columns that a network sees, undone as far as steps are linear.

    A column that another step makes has the name that it gives; where that is the name
    of what went in, the step is named with it, as in ``quantiletransformer(age)``.
    """
    raw = _array([Column(str(name)) for name in model.names])
    return list(raw if model.steps is None else walk(model.steps, raw, _through))


def _through(step: Any, columns: Array) -> Array:
    if scaling := _SCALINGS.get(type(step), _no_scaling)(step):
        n = len(columns)
        centre, scale = (np.broadcast_to(values, n) for values in scaling)
        return _array(
            [_scaled(*each) for each in zip(columns, centre, scale, strict=True)]
        )
    names = names_out(step, np.array([column.name for column in columns], object))
    known = {column.name: column for column in columns}
    if isinstance(step, SelectorMixin | SimpleImputer):
        # What is not picked or filled by them is a flag.
        return _array([known.get(name, Column(name)) for name in names])
    kind = type(step).__name__.lower()
    return _array([Column(n, bent_by=kind if n in known else "") for n in names])


def _scaled(column: Column, centre: float, scale: float) -> Column:
    """Return a column after a further ``(x - centre) / scale``."""
    return column._replace(
        centre=column.centre + float(centre) * column.scale,
        scale=column.scale * float(scale),
    )


def _of_min_max(step: MinMaxScaler) -> tuple[Array, Array] | None:
    # x * scale + min
    return None if step.clip else (-step.min_ / step.scale_, 1 / step.scale_)


def _no_scaling(step: Any) -> None:
    return None


def _or(values: Any, default: float) -> Any:
    return default if values is None else values


_SCALINGS: dict[type, Callable[[Any], tuple[Any, Any] | None]] = {
    StandardScaler: lambda step: (
        _or(step.mean_ if step.with_mean else None, 0.0),
        _or(step.scale_, 1.0),
    ),
    RobustScaler: lambda step: (_or(step.center_, 0.0), _or(step.scale_, 1.0)),
    MaxAbsScaler: lambda step: (0.0, step.scale_),
    MinMaxScaler: _of_min_max,
}
"""From a scaler to the centre and scale of its columns, if it is one line a column."""


def _array(columns: list[Column]) -> Array:
    """Return an array of objects; of tuples NumPy would make a table."""
    found = np.empty(len(columns), dtype=object)
    found[:] = columns
    return found
