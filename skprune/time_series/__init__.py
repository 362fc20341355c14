"""Windows over chronological tables, reading the past alone."""

from skprune.time_series.windows import sliding_windows

__all__ = ["sliding_windows"]
