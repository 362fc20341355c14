"""What regressors share: a target of unit size inside, its own units outside."""

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils.validation import column_or_1d

from skprune.estimator.base import Array, BasePrunedNetwork
from skprune.estimator.setting_aside import rows_learnt_from
from skprune.estimator.targets import SCALINGS, Scaling, Targets
from skprune.losses import get_loss


class PrunedRegressor(RegressorMixin, BasePrunedNetwork):
    """Regression, for one or several outputs, with any network."""

    loss: str
    quantile: float
    _scaling: Scaling

    def _check_target(self, y: Array) -> Array:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return np.asarray(y, np.float64)

    def _encode(
        self, y: Array, weight: Array | None, series: Array | None, *, reset: bool
    ) -> tuple[Array, Targets]:
        columns = y.reshape(len(y), -1)
        parameters = {"quantile": self.quantile} if self.loss == "quantile" else {}
        self._loss_spec = self.loss, parameters
        loss = get_loss(self.loss, **parameters)
        if not reset and not isinstance(self._scaling, SCALINGS[str(loss.scaling)]):
            raise ValueError(
                "The network that there is goes on learning, and its outputs are no "
                f"predictions under loss={self.loss!r}. Use clone() to start anew."
            )
        # The rows set aside judge as new rows would: their targets tell of no scale.
        learnt, of_learnt = rows_learnt_from(self, columns, weight, series)
        if reset:
            self._scaling = SCALINGS[str(loss.scaling)].fit(learnt, of_learnt)
        elif columns.shape[1] != len(self._scaling.centre):
            raise ValueError(
                f"y has {columns.shape[1]} outputs, but the network was fitted with "
                f"{len(self._scaling.centre)}."
            )
        else:
            self._scaling = self._scaling.taking_in(learnt, of_learnt)
        scaled = self._scaling.apply(columns)
        return scaled, Targets(loss, columns.shape[1], self._scaling)

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
        """
        rows = self._check_rows(X)
        out: Array = self._predictor(rows) * self._scaling.unit
        out = out.astype(np.result_type(rows.dtype, self._dtype), copy=False)
        return out[:, 0] if out.shape[1] == 1 else out

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
