"""What regressors share: a target of unit size inside, its own units outside."""

from itertools import pairwise
from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils.validation import column_or_1d

from skprune.estimator.base import Array, BasePrunedNetwork
from skprune.estimator.setting_aside import rows_learnt_from
from skprune.estimator.targets import SCALINGS, Scaling, Targets
from skprune.losses import get_loss


class PrunedRegressor(RegressorMixin, BasePrunedNetwork):
    """Regression, for one or several outputs, with any network."""

    loss: str
    quantile: Any
    _scaling: Scaling

    def _check_target(self, y: Array) -> Array:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return np.asarray(y, np.float64)

    def _encode(
        self, y: Array, weight: Array | None, series: Array | None, *, reset: bool
    ) -> tuple[Array, Targets]:
        columns = y.reshape(len(y), -1)
        name, parameters, n_each = self._named_loss()
        loss = get_loss(name, **parameters)
        n_outputs = columns.shape[1] * n_each
        if not reset and not isinstance(self._scaling, SCALINGS[str(loss.scaling)]):
            raise ValueError(
                "The network that there is goes on learning, and its outputs are no "
                f"predictions under loss={self.loss!r}. Use clone() to start anew."
            )
        self._loss_spec = name, parameters
        # The rows set aside judge as new rows would: their targets tell of no scale.
        learnt, of_learnt = rows_learnt_from(self, columns, weight, series)
        if reset:
            self._scaling = SCALINGS[str(loss.scaling)].fit(learnt, of_learnt)
        elif columns.shape[1] != len(self._scaling.centre):
            raise ValueError(
                f"y has {columns.shape[1]} outputs, but the network was fitted with "
                f"{len(self._scaling.centre)}."
            )
        elif n_outputs != getattr(self, "n_outputs_", n_outputs):
            raise ValueError(
                "The network that there is goes on learning, so that the number of "
                f"quantiles must stay; got quantile={self.quantile!r}. Use clone() to "
                "start anew."
            )
        else:
            self._scaling = self._scaling.taking_in(learnt, of_learnt)
        scaled = self._scaling.apply(columns)
        return scaled, Targets(loss, n_outputs, self._scaling)

    def _named_loss(self) -> tuple[str, dict[str, Any], int]:
        """Return the loss's name and parameters, and the outputs for each target."""
        if self.loss != "quantile":
            return self.loss, {}, 1
        if np.ndim(self.quantile) == 0:
            return "quantile", {"quantile": self.quantile}, 1
        levels = tuple(float(level) for level in np.ravel(self.quantile))
        ascending = all(low < high for low, high in pairwise((0.0, *levels, 1.0)))
        if not levels or not ascending:
            raise ValueError(
                "quantile must be a number between 0 and 1, or several in ascending "
                f"order, got {self.quantile!r}."
            )
        return "quantiles", {"quantile": levels}, len(levels)

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Take one pass over some rows; each call counts as one epoch.

        The first ``max_iter`` calls, or fewer if the loss stands still, train the
        dense network; the next ``prune_iter`` calls prune it and let it recover;
        from then on training goes on at the final sparsity. Of the history the last
        1,000 calls are kept, while ``n_iter_`` and ``t_`` count all. The first call's
        targets say how large targets are, or the first 100 rows'.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If the rows are unusable, if a parameter changed that fixes the network,
            or if the loss stops being finite. The estimator is then left as it was.
        KeyboardInterrupt
            If the user interrupts; what was learnt until then is kept.
        """
        self._partial_fit(X, y, sample_weight)
        return self

    def predict(self, X: Any) -> Array:
        """Return the predicted targets.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Of float32 where both these rows and those of ``fit`` are, else of float64.
            With several quantiles (n_samples, n_quantiles), ascending along the last
            axis, or (n_samples, n_outputs, n_quantiles).
        """
        rows = self._check_rows(X)
        out: Array = self._predictor(rows)
        out = out * self._scaling.for_outputs(out.shape[1]).unit
        out = out.astype(np.result_type(rows.dtype, self._dtype), copy=False)
        if self._loss_spec[0] != "quantiles":
            return out[:, 0] if out.shape[1] == 1 else out
        out = out.reshape(len(out), len(self._scaling.centre), -1)
        return out[:, 0] if out.shape[1] == 1 else out

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R2; with several quantiles, the mean of their D2 scores.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            At most 1. D2 is the share of a constant's pinball loss that is saved, the
            constant being the quantile of ``y``.
        """
        predicted = self.predict(X)
        name, parameters = self._loss_spec
        if name != "quantiles":
            return float(r2_score(y, predicted, sample_weight=sample_weight))
        from skprune.losses.quantiles import mean_d2

        columns = np.reshape(y, (len(predicted), -1))
        each = predicted.reshape(*columns.shape, -1)
        return mean_d2(columns, each, parameters["quantile"], sample_weight)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
