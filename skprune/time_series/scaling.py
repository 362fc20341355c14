"""Each window on a scale of its own, and its target on the same."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from skprune.time_series.names import Axes, axes_of

Array = NDArray[Any]


class WindowScaledRegressor(MetaEstimatorMixin, RegressorMixin, BaseEstimator):
    """Scale each window by its own mean and standard deviation, and back.

    Each channel of a window is standardised over the steps that the window holds. The
    target is put on the scale of the channel that it continues, and predictions are
    put back. So a series may be of any level and spread, and one that ``fit`` has not
    seen needs no scaling of its own. As only the steps up to a row's origin are read,
    nothing of the future, of other rows or of other series is in a row.

    Parameters
    ----------
    regressor : estimator
        What learns from the scaled windows; it is cloned.
    target : str or int, default=None
        The channel whose future the target is, by name or by position. None where
        there is one channel.
    n_timesteps : int, default=None
        How many steps a row holds, the oldest step's channels first. None: columns'
        names tell, ``close_lag3``, or each column is a step of one channel.

    Attributes
    ----------
    regressor_ : estimator
        As it was fitted.
    channels_ : list
        Channels by name, or by position where they have none.
    n_features_in_ : int
        Columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, if all are strings.

    See Also
    --------
    sliding_windows : Makes such rows of tables.
    sklearn.preprocessing.StandardScaler : One scale for all rows.

    Notes
    -----
    What is lost is the level: whether a value is high for its series shows only
    against the rest of its window. A channel that stands still over a window is
    centred and no more.

    Examples
    --------
    Two series, of which one is a thousand times as large, are one task:

    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from skprune.time_series import WindowScaledRegressor, sliding_windows
    >>> wave = np.sin(np.arange(60.0))
    >>> values, series = np.concatenate([wave, 1000 * wave]), np.repeat([0, 1], 60)
    >>> X, y = sliding_windows(values, values, window=7, series=series)
    >>> model = WindowScaledRegressor(Ridge(alpha=0.01)).fit(X, y)
    >>> small, large = np.split(model.predict(X), 2)
    >>> bool(np.allclose(1000 * small, large))
    True
    """

    def __init__(
        self,
        regressor: Any,
        *,
        target: str | int | None = None,
        n_timesteps: int | None = None,
    ):
        self.regressor = regressor
        self.target = target
        self.n_timesteps = n_timesteps

    def fit(
        self, X: Any, y: Any, series: Any = None, sample_weight: Any = None
    ) -> Self:
        """Fit the regressor to scaled windows.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_timesteps * n_channels)
            The windows.
        y : array-like of shape (n_samples,) or (n_samples, horizon)
            The steps after them, of one channel.
        series : array-like of shape (n_samples,), default=None
            The series of each row, handed to the regressor where it is given.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, likewise.

        Returns
        -------
        self : WindowScaledRegressor
            The fitted estimator.

        Raises
        ------
        ValueError
            If names, ``n_timesteps`` and ``target`` don't tell steps and channels.
        """
        rows, _ = validate_data(
            self, X, y, dtype=[np.float64, np.float32], multi_output=True
        )
        axes = self._axes(rows.shape[1])
        which = _position(axes, self.target)
        scale = _Scale.of(rows, axes)
        ahead = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
        given = {"series": series, "sample_weight": sample_weight}
        self.regressor_ = clone(self.regressor).fit(
            _framed(X, scale.of_rows(rows, axes)),
            _framed(y, scale.of_target(ahead, which)),
            **{name: each for name, each in given.items() if each is not None},
        )
        self._axes_, self._which = axes, which
        self.channels_ = list(axes.channels)
        return self

    def predict(self, X: Any) -> Array:
        """Return predictions on the scale of the series.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_timesteps * n_channels)
            The windows.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, ...)
            As the regressor's, put back.
        """
        check_is_fitted(self)
        dtype = [np.float64, np.float32]
        rows = validate_data(self, X, dtype=dtype, reset=False)
        scale = _Scale.of(rows, self._axes_)
        found = self.regressor_.predict(_framed(X, scale.of_rows(rows, self._axes_)))
        return scale.back(found, self._which)

    def _axes(self, n_columns: int) -> Axes:
        named = axes_of(list(getattr(self, "feature_names_in_", [""])))
        n_steps = self.n_timesteps
        if named is not None:
            if n_steps not in (None, len(named.lags)):
                raise ValueError(
                    f"The names of the columns tell of {len(named.lags)} lags, but "
                    f"n_timesteps={n_steps}."
                )
            return named
        n_steps = n_columns if n_steps is None else n_steps
        if n_steps < 1 or n_columns % n_steps:
            raise ValueError(
                f"X has {n_columns} columns, which are not n_timesteps={n_steps} steps "
                "of as many channels each."
            )
        return Axes(tuple(range(n_steps, 0, -1)), tuple(range(n_columns // n_steps)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.regressor_tags.poor_score = True  # where the level of a row is what tells
        return tags


class _Scale(NamedTuple):
    """Mean and standard deviation of each window, (n_rows, n_channels) each."""

    mean: Array
    spread: Array

    @classmethod
    def of(cls, rows: Array, axes: Axes) -> Self:
        cube = _by_step(rows, axes).astype(np.float64)
        mean, spread = cube.mean(axis=1), cube.std(axis=1)
        # What rounding leaves of a constant is no spread.
        rounding = 8 * np.finfo(rows.dtype).eps * np.abs(cube).max(axis=1)
        return cls(mean, np.where(spread > rounding, spread, 1.0))

    def of_rows(self, rows: Array, axes: Axes) -> Array:
        cube = (_by_step(rows, axes) - self.mean[:, None]) / self.spread[:, None]
        flat = cube.reshape(rows.shape)
        out = np.empty_like(rows)
        out[:, slice(None) if axes.order is None else list(axes.order)] = flat
        return out

    def of_target(self, y: Array, channel: int) -> Array:
        mean, spread = self._along(y, channel)
        return np.asarray((y - mean) / spread)

    def back(self, y: Array, channel: int) -> Array:
        mean, spread = self._along(y, channel)
        return np.asarray(y * spread + mean)

    def _along(self, y: Array, channel: int) -> tuple[Array, Array]:
        shape = (-1, *(1 for _ in y.shape[1:]))
        mean, spread = self.mean[:, channel], self.spread[:, channel]
        return mean.reshape(shape), spread.reshape(shape)


def _by_step(rows: Array, axes: Axes) -> Array:
    """Return rows as (n_rows, n_steps, n_channels), the oldest step first."""
    ordered = rows if axes.order is None else rows[:, axes.order]
    return ordered.reshape(len(rows), len(axes.lags), len(axes.channels))


def _position(axes: Axes, target: str | int | None) -> int:
    if target is None and len(axes.channels) == 1:
        return 0
    if target in axes.channels:
        return axes.channels.index(target)
    if isinstance(target, int | np.integer) and 0 <= target < len(axes.channels):
        return int(target)
    raise ValueError(
        f"target={target!r}, but the channels are {list(axes.channels)}: say of which "
        "of them the target is the future."
    )


def _framed(like: Any, values: Array) -> Any:
    """Return values as a DataFrame or Series where ``like`` is one."""
    if not hasattr(like, "iloc"):
        return values
    import pandas as pd

    if values.ndim == 1:
        return pd.Series(values, like.index, name=getattr(like, "name", None))
    return pd.DataFrame(values, like.index, like.columns)
