"""From the steps of a fitted Pipeline to the columns that they make."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)
from sklearn.utils.validation import check_is_fitted

from skprune.export.preparation.expressions import (
    Arithmetic,
    Clipped,
    Expression,
    Filled,
    Missing,
    Preparation,
    Raw,
    as_number,
    as_text,
    leaf_of,
)
from skprune.export.preparation.levels import one_hot, ordinal
from skprune.export.preparation.piecewise import pieces
from skprune.export.preparation.ranks import quantiles
from skprune.export.preparation.splines import splines
from skprune.export.scoring_file.records import is_missing
from skprune.preprocessing.pieces import PiecewiseLinearEncoder
from skprune.preprocessing.table import MISSING, as_levels

Columns = list[Expression]


def preparation_of(estimator: Any) -> tuple[Preparation, Any]:
    """Return what a Pipeline does to a table, and the network that it ends in.

    Parameters
    ----------
    estimator : estimator
        Fitted; one that is no Pipeline is the network.

    Raises
    ------
    TypeError
        If there are no expressions for a step.
    ValueError
        If there are none for one of its parameters.
    NotFittedError
        If a step is not fitted.
    """
    check_is_fitted(estimator)
    names = tuple(_names(estimator))
    walk = _Walk()
    columns: Columns = [Raw(i) for i in range(len(names))]
    network = estimator
    while isinstance(network, Pipeline):
        for _, step in network.steps[:-1]:
            columns = walk.step(step, columns)
        network = network.steps[-1][1]
    outputs, dropped = (tuple(map(as_number, some)) for some in (columns, walk.dropped))
    return Preparation(names, outputs, dropped, frozenset(walk.nones)), network


def _names(estimator: Any) -> list[str]:
    if hasattr(estimator, "feature_names_in_"):
        return list(map(str, estimator.feature_names_in_))
    return [f"x{i}" for i in range(int(estimator.n_features_in_))]


class _Walk:
    """Goes through the steps, and remembers what their expressions don't tell.

    Attributes
    ----------
    dropped : list of Expression
        Columns that selectors have dropped.
    nones : set of int
        Columns of the table whose missing values are None, which some steps tell from
        NaN.
    """

    def __init__(self) -> None:
        self.dropped: Columns = []
        self.nones: set[int] = set()

    def step(self, step: Any, x: Columns) -> Columns:
        """Return the columns that a step makes of some."""
        if step is None or (isinstance(step, str) and step == "passthrough"):
            return x
        if isinstance(step, Pipeline):
            for _, one in step.steps:
                x = self.step(one, x)
            return x
        if type(step) is ColumnTransformer:
            return self._blocks(step, x)
        if isinstance(step, SelectorMixin):
            return self._selected(step, x)
        if type(step) not in STEPS:
            raise TypeError(
                f"{type(step).__name__} can't be exported in this form. What can are "
                f"{', '.join(SUPPORTED)}, and Pipelines of these."
            )
        check_is_fitted(step)
        self.nones |= {
            leaf_of(one).position for j, one in enumerate(x) if _reads_none(step, j)
        }
        return STEPS[type(step)](step, x)

    def _blocks(self, step: ColumnTransformer, x: Columns) -> Columns:
        check_is_fitted(step)
        out: Columns = []
        for name, block, _ in step.transformers_:
            if not (isinstance(block, str) and block == "drop"):
                places = step._transformer_to_input_indices[name]
                chosen = [x[i] for i in places]
                out += self.step(block, chosen) if chosen else []
        return out

    def _selected(self, step: Any, x: Columns) -> Columns:
        support = step.get_support()
        chosen = list(zip(x, support, strict=True))
        self.dropped += [one for one, stays in chosen if not stays]
        return [one for one, stays in chosen if stays]


def _reads_none(step: Any, j: int) -> bool:
    """Return whether None is what a step knows for missing in its column j."""
    if hasattr(step, "categories_"):
        return any(level is None for level in step.categories_[j])
    return getattr(step, "missing_values", np.nan) is None


def _imputed(step: SimpleImputer, x: Columns) -> Columns:
    if not is_missing(step.missing_values):
        raise ValueError(
            f"SimpleImputer(missing_values={step.missing_values!r}) can't be exported "
            "in this form: missing_values must be NaN or None."
        )
    out: Columns = []
    read = list(x)
    for j, value in enumerate(step.statistics_):
        is_text = isinstance(value, str)
        read[j] = as_text(x[j]) if is_text else as_number(x[j])
        if value is None:
            raise ValueError(
                "SimpleImputer fills a column with None, which it takes for a value: "
                "have it fill with another, or set missing_values=None."
            )
        # Of a column that had no value there is nothing to fill with: it is dropped.
        if not is_missing(value):
            out.append(Filled(read[j], str(value) if is_text else float(value)))
    flagged = step.indicator_.features_ if step.add_indicator else []
    return out + [Missing(read[j]) for j in flagged]


def _by(operator: str, x: Columns, numbers: Any) -> Columns:
    """Apply an operator to each column, where it has a number to go with."""
    if numbers is None:
        return x
    return [
        Arithmetic(as_number(one), operator, float(number))
        for one, number in zip(x, numbers, strict=True)
    ]


def _standardised(step: StandardScaler, x: Columns) -> Columns:
    return _by("/", _by("-", x, step.mean_ if step.with_mean else None), step.scale_)


def _robust(step: RobustScaler, x: Columns) -> Columns:
    centre = step.center_ if step.with_centering else None
    return _by("/", _by("-", x, centre), step.scale_ if step.with_scaling else None)


def _in_range(step: MinMaxScaler, x: Columns) -> Columns:
    out = _by("+", _by("*", x, step.scale_), step.min_)
    if not step.clip:
        return out
    lower, upper = map(float, step.feature_range)
    return [Clipped(one, lower, upper) for one in out]


def _as_levels(step: FunctionTransformer, x: Columns) -> Columns:
    if step.func is None:
        return x
    if step.func is not as_levels:
        raise ValueError(
            f"FunctionTransformer(func={step.func!r}) can't be exported in this form: "
            "func must be None."
        )
    return [Filled(as_text(one), MISSING) for one in x]


def _of_numbers(step: Callable[[Any, Columns], Columns]) -> Any:
    return lambda fitted, x: step(fitted, list(map(as_number, x)))


STEPS: dict[type, Callable[[Any, Columns], Columns]] = {
    SimpleImputer: _imputed,
    StandardScaler: _standardised,
    RobustScaler: _robust,
    MinMaxScaler: _in_range,
    MaxAbsScaler: lambda step, x: _by("/", x, step.scale_),
    QuantileTransformer: _of_numbers(quantiles),
    SplineTransformer: _of_numbers(splines),
    PiecewiseLinearEncoder: _of_numbers(pieces),
    OneHotEncoder: one_hot,
    OrdinalEncoder: ordinal,
    FunctionTransformer: _as_levels,
}
SUPPORTED = sorted(
    [step.__name__ for step in STEPS]
    + ["ColumnTransformer", "PruningTransformer and other selectors"]
)
