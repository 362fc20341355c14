"""Which step and which channel a column is, by its name.

Names are those of :func:`~skprune.time_series.sliding_windows`, ``close_lag10``, and of
forecasting packages, ``lag_1`` or ``lag1``: the end tells how many steps back from what
is forecast, the beginning, if any, the channel.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

NAME = re.compile(r"(?:(?P<channel>.+?)_)?lag_?(?P<lag>\d+)")
ONLY_CHANNEL = "value"
"""What the channel of ``lag_1`` is called."""


class Axes(NamedTuple):
    """The steps and channels of a row.

    Attributes
    ----------
    lags : tuple of int
        How far back each step is, the oldest first.
    channels : tuple of str or int
        By name, or by position where they have none.
    order : tuple of int or None
        Where the columns of the steps are in a row, the oldest step's channels first;
        None where rows are in that order already.
    """

    lags: tuple[int, ...]
    channels: tuple[str | int, ...]
    order: tuple[int, ...] | None = None


def lag_name(channel: str, lag: int) -> str:
    """Return the name of the column of a channel ``lag`` steps back."""
    return f"{channel}_lag{lag}"


def axes_of(names: Sequence[str]) -> Axes | None:
    """Return the axes that columns with these names have; None if not all are lags.

    Raises
    ------
    ValueError
        If a column is there twice, or if channels have different lags.

    Examples
    --------
    >>> axes_of(["close_lag1", "volume_lag1", "close_lag2", "volume_lag2"])
    Axes(lags=(2, 1), channels=('close', 'volume'), order=(2, 3, 0, 1))
    >>> axes_of(["lag_1", "lag_2", "lag_5"])
    Axes(lags=(5, 2, 1), channels=('value',), order=(2, 1, 0))
    >>> axes_of(["open", "close"])
    """
    found = [NAME.fullmatch(name) for name in names]
    if not all(found):
        return None
    at = {
        (int(one["lag"]), one["channel"] or ONLY_CHANNEL): i
        for i, one in enumerate(filter(None, found))
    }
    lags = sorted({lag for lag, _ in at}, reverse=True)
    channels = list(dict.fromkeys(channel for _, channel in at))
    _demand_whole(names, at, lags, channels)
    order = tuple(at[lag, channel] for lag in lags for channel in channels)
    in_order = order == tuple(range(len(order)))
    return Axes(tuple(lags), tuple(channels), None if in_order else order)


def some_lags(names: Sequence[str]) -> bool:
    """Return whether any of the names is that of a lag."""
    return any(NAME.fullmatch(name) for name in names)


def _demand_whole(
    names: Sequence[str],
    at: dict[tuple[int, str], int],
    lags: list[int],
    channels: list[str],
) -> None:
    if len(at) < len(names):
        raise ValueError(f"Two columns are the same lag of the same channel: {names}.")
    missing = [
        lag_name(channel, lag)
        for lag in lags
        for channel in channels
        if (lag, channel) not in at
    ]
    if missing:
        raise ValueError(
            f"The names of the columns tell of {len(lags)} lags and of the channels "
            f"{channels}, but there is no {', '.join(missing[:3])}: each channel has "
            "to be there at the same lags. Add or drop columns, or pass an array."
        )
