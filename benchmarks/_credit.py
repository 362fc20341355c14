"""Data sets of the quality benchmarks, and how a modeller would prepare them.

What does not ship with the package is read from ``../shared/data`` where it is.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.impute import SimpleImputer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler

from skprune.datasets import load_german_credit

SHARED = Path(__file__).parents[2] / "shared" / "data"


def german():
    """1,000 loans, 30 % bad, mixed types."""
    X, y = load_german_credit(return_X_y=True, as_frame=True)
    return X, np.asarray(y)


def taiwan(n_rows=12_000):
    """Credit cards, 22 % defaults; a sample of the 30,000 rows."""
    table = pd.read_csv(SHARED / "taiwan_default.csv.gz")
    table = table.sample(n_rows, random_state=0).reset_index(drop=True)
    y = table.pop("default").to_numpy()
    codes = [c for c in ("SEX", "EDUCATION", "MARRIAGE") if c in table]
    return table.astype(dict.fromkeys(codes, str)), y


def polish():
    """Company accounts with gaps and extreme tails, 3.9 % bankrupt."""
    table = pd.read_csv(SHARED / "polish_bankruptcy_1year.csv.gz")
    y = table.pop("bankrupt").to_numpy()
    return table, y


def cancer():
    """569 rows of 30 measurements."""
    bunch = load_breast_cancer(as_frame=True)
    return bunch.data, bunch.target.to_numpy()


def clusters():
    """Classes in many clusters: 6 of 60 columns matter, 10 are combinations."""
    X, y = make_classification(
        3000,
        60,
        n_informative=6,
        n_redundant=10,
        n_clusters_per_class=8,
        flip_y=0.05,
        random_state=3,
    )
    return pd.DataFrame(X), y


def rare():
    """5 % positives, 12 of 40 columns matter."""
    X, y = make_classification(
        6000,
        40,
        n_informative=12,
        n_clusters_per_class=4,
        weights=[0.95],
        flip_y=0.02,
        class_sep=0.7,
        random_state=5,
    )
    return pd.DataFrame(X), y


DATA: dict[str, Callable] = {
    "german": german,
    "taiwan": taiwan,
    "polish": polish,
    "cancer": cancer,
    "clusters": clusters,
    "rare": rare,
}


def available() -> list[str]:
    """Return the sets whose files are there."""
    needs = {
        "taiwan": "taiwan_default.csv.gz",
        "polish": "polish_bankruptcy_1year.csv.gz",
    }
    return [
        name for name in DATA if name not in needs or (SHARED / needs[name]).exists()
    ]


def preprocessing(n_rows: int, flagged: bool = False):
    """Return ranks for numbers and dummies for codes, gaps filled by the median.

    Columns that flag the gaps stand beside, if asked for.
    """
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=flagged),
        QuantileTransformer(
            n_quantiles=min(n_rows, 200), output_distribution="normal", random_state=0
        ),
        StandardScaler(),
    )
    codes = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (codes, make_column_selector(dtype_exclude="number")),
    )


def folds(name: str, n_splits: int = 5, seed: int = 0) -> Iterator[tuple]:
    """Yield (X_train, y_train, X_test, y_test) as prepared float32 arrays."""
    return prepared(*DATA[name](), n_splits, seed)


def prepared(X, y, n_splits: int, seed: int, flagged: bool = False) -> Iterator[tuple]:
    """Yield folds of a table, each prepared by its own training rows."""
    cv = StratifiedKFold(n_splits, shuffle=True, random_state=seed)
    for train, test in cv.split(X, y):
        prepare = preprocessing(len(train), flagged)
        X_train = prepare.fit_transform(X.iloc[train]).astype(np.float32)
        X_test = prepare.transform(X.iloc[test]).astype(np.float32)
        yield X_train, y[train], X_test, y[test]
