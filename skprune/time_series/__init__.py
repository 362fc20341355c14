"""Windows over chronological tables, reading the past alone."""

from skprune.time_series.scaling import WindowScaledRegressor
from skprune.time_series.windows import sliding_windows

__all__ = ["WindowScaledRegressor", "sliding_windows"]
