"""Which columns of a prepared table come from one column of the raw one."""

from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import check_is_fitted

from skprune.preprocessing.pieces import PiecewiseLinearEncoder

Array = NDArray[Any]


def column_groups(preprocessor: ColumnTransformer) -> Array:
    """Return the raw column that each output column comes from.

    The pieces of a number and the dummies of a category are a group: as ``groups``
    of :class:`~skprune.PruningTransformer` they live and die together.

    Parameters
    ----------
    preprocessor : ColumnTransformer
        Fitted on a DataFrame. Its blocks may be
        :class:`~skprune.preprocessing.PiecewiseLinearEncoder`,
        :class:`~sklearn.preprocessing.OneHotEncoder`, whatever puts out the columns
        that go in, under their names, and Pipelines of these.

    Returns
    -------
    groups : ndarray of shape (n_features_out,)
        Names of the raw columns.

    Raises
    ------
    TypeError
        If a block is of another kind, so that its columns can't be traced.

    Examples
    --------
    >>> import pandas as pd
    >>> from skprune.preprocessing import column_groups, make_tabular_preprocessor
    >>> X = pd.DataFrame({"age": [20, 30, 40], "home": ["own", "rent", "own"]})
    >>> preprocessor = make_tabular_preprocessor(min_frequency=None).fit(X)
    >>> preprocessor.get_feature_names_out()
    array(['age_score', 'age_piece1', 'age_piece2', 'home_own', 'home_rent'],
          dtype=object)
    >>> column_groups(preprocessor)
    array(['age', 'age', 'age', 'home', 'home'], dtype=object)
    """
    check_is_fitted(preprocessor)
    names = np.asarray(preprocessor.feature_names_in_, dtype=object)
    traced = [
        _origins(block, _selected(names, columns))
        for _, block, columns in preprocessor.transformers_
        if not (isinstance(block, str) and block == "drop")
    ]
    return np.concatenate([np.empty(0, dtype=object), *traced])


def _selected(names: Array, columns: Any) -> Array:
    """Name the columns of a block, however they were chosen."""
    chosen = np.atleast_1d(np.asarray(columns, dtype=object))
    if isinstance(columns, slice) or not all(isinstance(c, str) for c in chosen):
        chosen = names[columns]
    return np.atleast_1d(chosen)


def _origins(block: Any, names: Array) -> Array:
    """Trace a block's output columns to the names of its input columns."""
    if len(names) == 0 or (isinstance(block, str) and block == "passthrough"):
        return names
    if isinstance(block, Pipeline):
        for _, step in block.steps:
            names = _origins(step, names)
        return names
    if isinstance(block, PiecewiseLinearEncoder):
        return names[block.feature_origins_]
    if isinstance(block, OneHotEncoder):
        return names[dummy_origins(block)]
    if _keeps_columns(block):
        return names
    raise TypeError(
        f"The columns of {type(block).__name__} can't be traced to those that went in."
    )


def _keeps_columns(block: Any) -> bool:
    named = getattr(block, "get_feature_names_out", None)
    return named is not None and list(named()) == _names_in(block)


def dummy_origins(encoder: OneHotEncoder) -> NDArray[np.intp]:
    """Ask the encoder to name each dummy by its column's position alone."""
    asked = copy(encoder).set_params(feature_name_combiner=lambda name, level: name)
    positions = {name: i for i, name in enumerate(_names_in(encoder))}
    return np.array([positions[name] for name in asked.get_feature_names_out()])


def _names_in(block: Any) -> list[str]:
    if hasattr(block, "feature_names_in_"):
        return list(block.feature_names_in_)
    return [f"x{i}" for i in range(block.n_features_in_)]
