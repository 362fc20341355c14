"""What regressors share: a target of unit size inside, its own units outside."""

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils.validation import column_or_1d

from skprune.base import Array, BasePrunedNetwork, check_amount
from skprune.targets import Encoded, Scaling


class RegressorFace(RegressorMixin, BasePrunedNetwork):
    """Regression, for one or several outputs, with any network."""

    loss: str
    quantile: float

    def _check_target(self, y: Array) -> Array:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return np.asarray(y, np.float64)

    def _encode(self, y: Array, weight: Array | None, *, reset: bool) -> Encoded:
        columns = y.reshape(len(y), -1)
        if reset:
            self._scaling = Scaling.fit(columns, weight)
        elif columns.shape[1] != len(self._scaling.centre):
            raise ValueError(
                f"y has {columns.shape[1]} outputs, but the network was fitted with "
                f"{len(self._scaling.centre)}."
            )
        scaled = self._scaling.apply(columns)
        return Encoded(scaled, self.loss, "identity", columns.shape[1])

    def _in_own_units(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        weight, bias = self._scaling.into_layer(weight, bias)
        return weight.astype(np.float32), np.asarray(bias, np.float64)

    def _in_unit_size(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        return self._scaling.out_of_layer(weight, bias)

    def _loss_scale(self) -> float:
        return float(LOSS_SCALES[self.loss](self._scaling.scale).mean())

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> "RegressorFace":
        """Take one pass over some rows; each call counts as one epoch.

        The first ``max_iter`` calls, or fewer if the loss stands still, train the
        dense network; the next ``prune_iter`` calls prune it and let it recover;
        from then on training goes on at the final sparsity. Of the history the last
        1,000 calls are kept, while ``n_iter_`` and ``t_`` count all. The first call's
        targets say how large targets are.

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
        """
        check_amount(self)
        self._partial_fit(X, y, sample_weight, new_target=True)
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
        """
        rows = self._check_rows(X)
        out: Array = self._predictor(rows).astype(np.float64)
        return out[:, 0] if out.shape[1] == 1 else out

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


# A loss in units of the scaled target times this is one in the target's own; for
# several outputs, whose scales differ, on average.
LOSS_SCALES = {
    "squared_error": lambda scale: scale**2,
    "quantile": lambda scale: scale,
}
