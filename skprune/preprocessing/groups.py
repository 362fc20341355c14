"""Which columns of a prepared table come from one column of the raw one."""

import re
from collections.abc import Callable
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import check_is_fitted

Array = NDArray[Any]
Through = Callable[[Any, Array], Array]


def column_groups(preprocessor: ColumnTransformer) -> Array:
    """Return the raw column that each output column comes from.

    The pieces of a number and the dummies of a category are a group: as ``groups``
    of :class:`~skprune.PruningTransformer` they live and die together.

    Parameters
    ----------
    preprocessor : ColumnTransformer
        Fitted on a DataFrame. Its blocks may be transformers that name each output
        column after the one input that it comes from, as those of scikit-learn and
        :class:`~skprune.preprocessing.PiecewiseLinearEncoder` do, and Pipelines,
        FeatureUnions and ColumnTransformers of these.

    Returns
    -------
    groups : ndarray of shape (n_features_out,)
        Names of the raw columns.

    Raises
    ------
    TypeError
        If an output column of a block comes from several, or doesn't tell.

    See Also
    --------
    make_tabular_preprocessor : Makes a preparation that tells its groups.

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
    return walk(preprocessor, names, lambda block, given: given[column_origins(block)])


def walk(block: Any, columns: Array, through: Through) -> Array:
    """Carry what is known of each column through nested transformers.

    Parameters
    ----------
    block : transformer, Pipeline, FeatureUnion, ColumnTransformer or 'passthrough'
        Fitted.
    columns : ndarray of shape (n_columns,)
        What is known of the columns that go in; of a ColumnTransformer their names,
        or anything in the order of its columns.
    through : callable
        From a transformer that holds no others, and what is known of the columns
        that go into it, to what is known of those that come out.

    Returns
    -------
    columns : ndarray of shape (n_columns_out,)
        What is known of the columns that come out.
    """
    if len(columns) == 0 or block is None or _is(block, "passthrough"):
        return columns
    if isinstance(block, Pipeline):
        for _, step in block.steps:
            columns = walk(step, columns, through)
        return columns
    if isinstance(block, FeatureUnion):
        parts = [(part, columns) for _, part in block.transformer_list]
    elif isinstance(block, ColumnTransformer):
        parts = [
            (part, columns[_positions(block, chosen)])
            for _, part, chosen in block.transformers_
        ]
    else:
        return through(block, columns)
    carried = [walk(*part, through) for part in parts if not _is(part[0], "drop")]
    return np.concatenate([columns[:0], *carried])


def column_origins(transformer: Any) -> NDArray[np.intp]:
    """Return which input column each output column of a transformer comes from.

    It is asked to name its outputs after inputs whose names can't be mistaken.

    Raises
    ------
    TypeError
        If an output comes from several inputs, or doesn't tell.
    """
    tokens = [f"\0{i}\0" for i in range(getattr(transformer, "n_features_in_", 0))]
    named = names_out(transformer, np.array(tokens, dtype=object))
    found = [set(re.findall("\0([0-9]+)\0", name)) for name in named]
    if any(len(origins) != 1 for origins in found):
        raise _untraceable(transformer)
    return np.array([int(origins.pop()) for origins in found], dtype=np.intp)


def names_out(transformer: Any, names: Array) -> Array:
    """Return the names of a transformer's outputs if its inputs had these.

    Raises
    ------
    TypeError
        If it doesn't name them after its inputs.
    """
    asked = copy(transformer)
    # Names that it has seen would have to be the ones given.
    vars(asked).pop("feature_names_in_", None)
    if isinstance(asked, OneHotEncoder):
        asked.set_params(feature_name_combiner="concat")
    try:
        return np.asarray(asked.get_feature_names_out(names), dtype=object)
    except AttributeError:
        raise _untraceable(transformer) from None


def _is(block: Any, word: str) -> bool:
    return isinstance(block, str) and block == word


def _positions(block: ColumnTransformer, chosen: Any) -> NDArray[np.intp]:
    """Return the positions of a block's columns, however they were chosen."""
    places = np.arange(block.n_features_in_)
    listed = np.atleast_1d(np.asarray(chosen, dtype=object))
    if isinstance(chosen, slice) or not all(isinstance(c, str) for c in listed):
        return np.atleast_1d(places[chosen])
    where = {name: i for i, name in enumerate(block.feature_names_in_)}
    return np.array([where[name] for name in listed], dtype=np.intp)


def _untraceable(block: Any) -> TypeError:
    return TypeError(
        f"The columns of {type(block).__name__} can't be traced to those that went in."
    )
