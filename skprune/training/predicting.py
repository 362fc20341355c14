"""What a skorch network needs to predict, and to be scored, as the estimator does."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import ClassifierTags, RegressorTags, check_array
from skorch.utils import is_dataset, to_tensor
from torch import Tensor

from skprune.training.readout import Readout


class PredictingMixin:
    """Predictions of a :class:`skorch.NeuralNet` whose outputs a readout reads.

    Attributes
    ----------
    readout : Readout
    """

    readout: Readout
    predict_nonlinearity: Any
    module_: Any
    device: Any

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes, which a regressor has none of."""
        if self.readout.classes is None:
            raise AttributeError("A regressor has no classes_.")
        return self.readout.classes

    def _get_predict_nonlinearity(self) -> Any:
        if self.predict_nonlinearity == "auto":
            return self.readout
        return super()._get_predict_nonlinearity()  # type: ignore[misc]

    def predict(self, X: Any) -> NDArray[Any]:
        """Return classes, label indicators, or numbers in the target's own units.

        Parameters
        ----------
        X : array-like, sparse matrix or torch.utils.data.Dataset
            The rows.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        return self.readout.decide(self.predict_proba(X))  # type: ignore[attr-defined]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy, or R2 of a regressor.

        Parameters
        ----------
        X : array-like, sparse matrix or torch.utils.data.Dataset
            The rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            What they are.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
        """
        metric = r2_score if self.readout.classes is None else accuracy_score
        return float(metric(y, self.predict(X), sample_weight=sample_weight))

    def get_dataset(self, X: Any, y: Any = None) -> Any:
        """Return a skorch data set of rows of float32."""
        rows = X if is_dataset(X) else as_rows(X)
        return super().get_dataset(rows, y)  # type: ignore[misc]

    def infer(self, x: Any, **fit_params: Any) -> Tensor:
        """Return the outputs for a batch of rows."""
        tensor = to_tensor(x, device=self.device)
        outputs: Tensor = self.module_(tensor.float(), **fit_params)
        return outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        if self.readout.classes is None:
            tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        else:
            tags.estimator_type = "classifier"
            tags.classifier_tags = ClassifierTags(multi_label=True)
        return tags


def as_rows(X: Any) -> Any:
    """Return whatever a user calls rows as float32, (rows, columns)."""
    X = check_array(X, accept_sparse="csr", dtype=np.float32, allow_nd=True)
    if sparse.issparse(X):
        return as_indexable(X)
    # torch warns of arrays that cannot be written to, as those of a data frame.
    return np.require(X.reshape(len(X), -1), requirements="W")


def as_indexable(X: Any) -> Any:
    """Return rows as skorch's data sets index them: sparse ones as a CSR matrix."""
    return sparse.csr_matrix(X) if sparse.issparse(X) else X
