"""Statlog German credit: who pays back, from twenty mixed-type columns."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch
from sklearn.utils._param_validation import validate_params

from skprune.datasets._base import DATA_MODULE, import_pandas, read_table, read_text

FILENAME = "german_credit.csv.gz"
TARGET = "bad"


@validate_params(
    {"return_X_y": ["boolean"], "as_frame": ["boolean"]},
    prefer_skip_nested_validation=True,
)
def load_german_credit(
    *, return_X_y: bool = False, as_frame: bool = False
) -> Bunch | tuple[Any, Any]:
    """Load and return the German credit data (classification).

    =================   ============================
    Classes                                        2
    Samples per class          700 (good), 300 (bad)
    Samples total                               1000
    Dimensionality                                20
    Features            7 integer, 13 categorical
    =================   ============================

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, returns ``(data, target)`` instead of a Bunch object.
    as_frame : bool, default=False
        If True, the data is a pandas DataFrame: categorical columns as
        unordered pandas categoricals, the others as integers. The target is a
        pandas Series. If False, the data is a float array in which categories
        are coded by their position in `categories`, as
        :func:`sklearn.datasets.fetch_openml` does it: they need encoding all the
        same, for most of these codes have no order.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : {ndarray, DataFrame} of shape (1000, 20)
            The data matrix.
        target : {ndarray, Series} of shape (1000,)
            1 where the credit went bad, 0 where it was paid back.
        frame : DataFrame of shape (1000, 21) or None
            `data` and `target`, only where `as_frame=True`.
        feature_names : list of str
            The names of the columns of `data`.
        target_names : list of str
            ``["good", "bad"]``, the names of the classes 0 and 1.
        categories : dict of str to list of str
            The categories of each categorical column, in the order of their
            codes, which is that of the original file.
        DESCR : str
            The full description: columns, provenance, licence.
        filename : str
            The name of the data file.
        data_module : str
            The package that holds the data file.

    (data, target) : tuple if ``return_X_y`` is True
        The data matrix and the target, as above.

    See Also
    --------
    load_sp500 : A time series.
    skprune.preprocessing.make_tabular_preprocessor : Makes such a table ready.

    References
    ----------
    .. [1] Hofmann, H., "Statlog (German Credit Data)", UCI Machine Learning
       Repository, 1994. https://doi.org/10.24432/C5NC77

    Examples
    --------
    >>> from skprune.datasets import load_german_credit
    >>> credit = load_german_credit()
    >>> credit.data.shape
    (1000, 20)
    >>> credit.target.mean()
    np.float64(0.3)
    >>> credit.categories["housing"]
    ['rent', 'own', 'for free']
    """
    table = read_table(FILENAME)
    categories = json.loads(read_text("data", "german_credit_categories.json"))
    columns = {
        name: _codes(values, categories[name])
        if name in categories
        else np.array(values, dtype=np.int64)
        for name, values in table.items()
    }
    target: Any = columns[TARGET]
    feature_names = [name for name in columns if name != TARGET]
    data: Any = np.column_stack([columns[name] for name in feature_names]).astype(float)
    frame = None
    if as_frame:
        frame = _frame(columns, categories)
        data, target = frame[feature_names], frame[TARGET]
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        frame=frame,
        feature_names=feature_names,
        target_names=["good", "bad"],
        categories=categories,
        DESCR=read_text("descr", "german_credit.rst"),
        filename=FILENAME,
        data_module=DATA_MODULE,
    )


def _codes(values: tuple[str, ...], categories: list[str]) -> NDArray[np.int64]:
    code = {category: position for position, category in enumerate(categories)}
    return np.array([code[value] for value in values], dtype=np.int64)


def _frame(
    columns: dict[str, NDArray[np.int64]], categories: dict[str, list[str]]
) -> Any:
    pd = import_pandas("load_german_credit")
    return pd.DataFrame(
        {
            name: pd.Categorical.from_codes(values, categories[name])
            if name in categories
            else values
            for name, values in columns.items()
        }
    )
