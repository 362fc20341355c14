"""The recommended preparation of a raw table."""

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from skprune.preprocessing.pieces import PiecewiseLinearEncoder

MISSING = "nan"
"""The level of a missing category, as scikit-learn spells it."""

_DATES = {"date", "datetime", "datetime64", "period", "time", "timedelta"}
_DATES |= {"timedelta64"}
_OBJECT_NUMBERS = {"decimal", "floating", "integer", "mixed-integer-float"}


def make_tabular_preprocessor(
    *,
    n_pieces: int = 8,
    max_pieces: int | None = 320,
    min_frequency: float | int | None = 10,
    max_categories: int | None = None,
    sparse_output: bool = False,
) -> ColumnTransformer:
    """Return the recommended preparation of a raw DataFrame for a network.

    Columns are told apart by their types, when it is fitted:

    - numbers and booleans go through a
      :class:`~skprune.preprocessing.PiecewiseLinearEncoder`: a normal score each,
      pieces of half its height for the bends unless numbers are many, and a flag of
      missing values;
    - all else (categories, strings, objects) is a category, which
      :class:`~sklearn.preprocessing.OneHotEncoder` spreads over a column a level. A
      missing value is a level, rare levels are one together, and a level that is not
      known from fit counts as rare or, where none is, as none of the others;
    - columns that hold one value, or nothing, are dropped;
    - dates are refused: what they mean to a model (an age, a month) is not for a
      preparation to guess.

    Parameters
    ----------
    n_pieces : int, default=8
        Pieces of a number. More serve sharp thresholds.
    max_pieces : int, default=320
        Where all numbers together would have more pieces, as more than 40 numbers may,
        none has any. None has no such limit.
    min_frequency : int or float, default=10
        Levels of fewer rows, or of a smaller share of them, are rare; None has no
        rare ones.
    max_categories : int, default=None
        Columns that a category may take at most, that of its rare levels included.
    sparse_output : bool, default=False
        Whether the output is a SciPy sparse matrix, where categories have so many
        levels that it is smaller.

    Returns
    -------
    preprocessor : ColumnTransformer
        Not fitted. Its blocks are ``"numbers"`` and ``"categories"``; the output
        columns are named after the input, as ``duration_piece3`` or ``purpose_car``.

    See Also
    --------
    column_groups : Which output columns belong together.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skprune import PrunedMLPClassifier
    >>> from skprune.datasets import load_german_credit
    >>> from skprune.preprocessing import make_tabular_preprocessor
    >>> X, y = load_german_credit(return_X_y=True, as_frame=True)
    >>> network = PrunedMLPClassifier(early_stopping=True, random_state=0)
    >>> model = make_pipeline(make_tabular_preprocessor(), network).fit(X, y)
    >>> model[0].get_feature_names_out()[[0, -1]]
    array(['duration_in_month_score', 'foreign_worker_yes'], dtype=object)
    """
    numbers = PiecewiseLinearEncoder(
        n_pieces, height=0.5, add_score=True, max_pieces=max_pieces
    )
    levels = FunctionTransformer(as_levels, feature_names_out="one-to-one")
    codes = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=min_frequency,
        max_categories=max_categories,
        sparse_output=sparse_output,
    )
    return ColumnTransformer(
        [
            ("numbers", numbers, number_columns),
            ("categories", make_pipeline(levels, codes), category_columns),
        ],
        sparse_threshold=float(sparse_output),
        verbose_feature_names_out=False,
    )


def number_columns(X: Any) -> list[Any]:
    """Name the columns of numbers, booleans included, that vary."""
    return _varying(X, "number")


def category_columns(X: Any) -> list[Any]:
    """Name all other columns that vary."""
    return _varying(X, "category")


def as_levels(X: Any) -> Any:
    """Spell every category as text, and every missing one alike."""
    return X.apply(
        lambda level: level.astype(object).where(level.notna(), MISSING).map(str)
    )


def _varying(X: Any, kind: str) -> list[Any]:
    kinds = _kinds(X)
    if dates := [name for name, found in kinds.items() if found == "date"]:
        raise ValueError(
            f"Columns {dates} hold dates, which a network can't read. Turn each into "
            "what it means, such as the days up to the decision or the month, or "
            "drop it, before the preparation."
        )
    chosen = [name for name, found in kinds.items() if found == kind]
    return [name for name in chosen if X[name].nunique(dropna=False) > 1]


def _kinds(X: Any) -> dict[Any, str]:
    if not hasattr(X, "dtypes") or not hasattr(X, "columns"):
        raise TypeError(
            "The preparation of a table takes a pandas DataFrame, not "
            f"{type(X).__name__}."
        )
    return {name: _kind(column) for name, column in X.items()}


def _kind(column: Any) -> str:
    from pandas.api.types import infer_dtype, is_numeric_dtype

    held = infer_dtype(column, skipna=True)
    if held in _DATES:
        return "date"
    as_objects = column.dtype == np.dtype(object) and held in _OBJECT_NUMBERS
    return "number" if as_objects or is_numeric_dtype(column.dtype) else "category"
