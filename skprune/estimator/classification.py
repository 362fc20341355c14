"""What classifiers share: classes in, classes out."""

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    check_classification_targets,
    type_of_target,
)
from sklearn.utils.validation import column_or_1d

from skprune.estimator.base import Array, BasePrunedNetwork
from skprune.estimator.targets import Targets, encode_classes, find_classes
from skprune.estimator.weights import by_class, of_usable_size
from skprune.losses import get_loss


class PrunedClassifier(ClassifierMixin, BasePrunedNetwork):
    """Binary, multiclass and multilabel classification with any network."""

    class_weight: Any
    classes_: Array

    def _check_target(self, y: Array) -> Array:
        check_classification_targets(y)
        if y.ndim == 2 and y.shape[1] == 1:
            return np.asarray(column_or_1d(y, warn=True))
        return y

    def _demand_like_before(self, y: Array) -> None:
        classes, multilabel = find_classes(y)
        if multilabel == self._multilabel and set(classes) == set(self.classes_):
            return
        raise ValueError(
            "warm_start can only be used where `y` has the same classes as in the "
            f"previous call to fit. Previously got {self.classes_}, `y` has {classes}"
        )

    def _encode(
        self, y: Array, weight: Array | None, series: Array | None, *, reset: bool
    ) -> tuple[Array, Targets]:
        if reset:
            self.classes_, self._multilabel = find_classes(y)
        y, loss = encode_classes(y, self.classes_, self._multilabel)
        self._loss_spec = loss, {}
        n_outputs = y.shape[1] if y.ndim == 2 else len(self.classes_)
        return y, Targets(get_loss(loss), n_outputs)

    def _row_weights(self, weight: Array | None, y: Array) -> Array | None:
        if self.class_weight is None:
            return weight
        of_class = by_class(self.class_weight, y)
        if weight is None:
            return of_class
        return of_usable_size(weight * of_class, "class_weight * sample_weight")

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> Self:
        """Take one pass over some rows; each call counts as one epoch.

        The first ``max_iter`` calls, or fewer if the loss stands still, train the
        dense network; the next ``prune_iter`` calls prune it and let it recover;
        from then on training goes on at the final sparsity. Of the history the last
        1,000 calls are kept, while ``n_iter_`` and ``t_`` count all.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Their classes.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.
        classes : array-like of shape (n_classes,), default=None
            All classes that any call may bring; needed in the first call.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If the rows are unusable or bring a class that was not named, if a
            parameter changed that fixes the network, or if the loss stops being
            finite. The estimator is then left as it was.
        KeyboardInterrupt
            If the user interrupts; what was learnt until then is kept.
        """
        self._partial_fit(X, y, sample_weight, classes)
        return self

    def _named_target(self, y: Any, classes: Any) -> bool:
        if _check_partial_fit_first_call(self, classes):
            kind = type_of_target(y, input_name="y")
            self._multilabel = kind == "multilabel-indicator"
        return True

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            Of the floating type of ``X``, in the order of ``classes_``; for multilabel
            targets the probability of each label.
        """
        rows = self._check_rows(X)
        out: Array = self._predictor(rows)
        if out.shape[1] > 1 or self._multilabel:
            return out
        if len(self.classes_) == 1:
            return np.ones_like(out)
        return np.concatenate([1 - out, out], axis=1)

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``; minus infinity where it is 0.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> Array:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Labels of ``classes_``; 0 or 1 for each label of multilabel targets.
        """
        proba = self.predict_proba(X)
        if self._multilabel:
            return (proba > 0.5).astype(int)
        return self.classes_[proba.argmax(1)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
