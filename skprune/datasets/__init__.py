"""Small real data sets, shipped with the package."""

from skprune.datasets._german_credit import load_german_credit
from skprune.datasets._sp500 import load_sp500

__all__ = ["load_german_credit", "load_sp500"]
