"""What estimators that read windows share."""

from typing import Any, Self

import numpy as np
from sklearn.base import _fit_context
from sklearn.callback import with_callbacks

from skprune.estimator.base import Array, BasePrunedNetwork
from skprune.estimator.windows import Windows
from skprune.networks.recurrent.kind import RECURRENT_KIND
from skprune.time_series.names import Axes


class WindowedNetwork(BasePrunedNetwork):
    """A recurrent network over the steps of a row, of one series or of several.

    Attributes
    ----------
    _axes : Axes
        What the steps and channels of a row are called, and where they are.
    """

    _kind, _layout = RECURRENT_KIND, Windows()
    _axes: Axes

    @_fit_context(prefer_skip_nested_validation=True)
    @with_callbacks
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, series: Any = None
    ) -> Self:
        """Train, prune and compact a network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, n_timesteps, n_channels)
            The windows, of each series in the order of time.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows in the loss and in the importance scores; rows of
            weight 0 are left out.
        series : array-like of shape (n_samples,), default=None
            The series of each row: the rows set aside are then the last ones of each
            series. None: the first level of an index (series, day) that X or y has,
            as :func:`skprune.time_series.sliding_windows` gives it, or one series.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If the input is unusable, if two amounts are given, or if the loss
            stops being finite. What was fitted before is then left as it was.
        KeyboardInterrupt
            If the user interrupts; what was learnt until then is kept, whole.
        """
        return self._fit(X, y, sample_weight, series)

    @property
    def lags_(self) -> Array:
        """How far back the steps are that are read, the oldest first."""
        self._needs_fit("lags_")
        read = [one._predictor.steps_read for one in self._members()]
        return np.array(self._axes.lags)[np.unique(np.concatenate(read))]

    @property
    def channels_(self) -> Array:
        """The channels that are read, by name, or by position if they have none."""
        self._needs_fit("channels_")
        read = [one._predictor.channels_read for one in self._members()]
        return np.array(self._axes.channels)[np.unique(np.concatenate(read))]

    @property
    def cells_(self) -> list[Array]:
        """For each recurrent layer the cells that stayed, counted before pruning."""
        self._needs_one_network("cells_")
        return list(self._units[: len(self._predictor.cells)])

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        # Stored models may be of before there was a choice.
        self.__dict__.setdefault("cell", "lstm")
        if "_arguments" in vars(self):
            self._arguments.setdefault("cell", "lstm")
