"""A raw table as it comes: gaps, dtypes of all kinds, columns that say nothing."""

import numpy as np
import pytest

from skprune.datasets import load_german_credit

pandas = pytest.importorskip("pandas")


@pytest.fixture
def loans():
    """German credit with 5 % of its entries missing, and columns of other types."""
    X, y = load_german_credit(return_X_y=True, as_frame=True)
    rng = np.random.default_rng(0)
    X = X.mask(rng.random(X.shape) < 0.05)
    X["purpose"] = X["purpose"].astype("str").where(X["purpose"].notna())
    X["housing"] = X["housing"].astype(object)
    X["flag"] = rng.random(len(X)) < 0.3
    X["empty"] = np.nan
    X["blank"] = None
    X["same"] = "a"
    X["zero"] = 0
    return X, y
