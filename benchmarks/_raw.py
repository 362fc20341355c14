"""Credit tables as they come: raw columns, gaps, categories as text."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from _credit import SHARED, german, polish, taiwan
from _sets import SETS, real
from sklearn.model_selection import StratifiedKFold

NEW = ("spanish_credit", "telecom_churn", "attrition")
RAW: dict[str, Callable] = {
    "german": german,
    "taiwan": partial(taiwan, 6000),
    "polish": polish,
    **{name: partial(real, name) for name in NEW},
}
FURTHER: dict[str, Callable] = {
    name: load for name, load in SETS.items() if name not in RAW
}
"""Fewer kinds of columns, and what is drawn: for those that ask for it by name."""

FILES = {"taiwan": "taiwan_default", "polish": "polish_bankruptcy_1year"}


def available() -> list[str]:
    """Return the sets whose files are there."""
    files = {name: SHARED / f"{FILES.get(name, name)}.csv.gz" for name in RAW}
    return [name for name in RAW if name == "german" or files[name].exists()]


def raw_folds(name: str, n_splits: int = 3, seed: int = 0) -> Iterator[tuple]:
    """Yield (X_train, y_train, X_test, y_test), frames and arrays."""
    X, y = {**RAW, **FURTHER}[name]()
    X.columns = X.columns.astype(str)
    cv = StratifiedKFold(n_splits, shuffle=True, random_state=seed)
    for train, test in cv.split(X, y):
        yield X.iloc[train], np.asarray(y)[train], X.iloc[test], np.asarray(y)[test]
