"""What models are asked, and what they answer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier, is_regressor
from sklearn.utils import column_or_1d

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """What a model says of some rows.

    Attributes
    ----------
    values : ndarray of shape (n_rows, n_classes) or (n_rows,)
        Probabilities of the classes; or predictions.
    decided : ndarray of int of shape (n_rows,), or None
        The class decided for, by its place; None for predictions.
    """

    values: Floats
    decided: NDArray[np.intp] | None

    @property
    def score(self) -> Floats:
        """What is ranked and compared: of two classes the last one's probability.

        Of several it is the largest probability, and the prediction itself where
        there are no classes.
        """
        if self.values.ndim == 1:
            return self.values
        if self.values.shape[1] == 2:
            return self.values[:, 1]
        return self.values.max(1)


@dataclass(frozen=True)
class Task:
    """Classification by a threshold or by the likeliest class, or regression.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,), or None
        In the order of the estimator; None for numbers.
    threshold : float
        Of two classes the last is decided for where its probability is above it.
    """

    classes: Array | None
    threshold: float

    @classmethod
    def of_estimator(cls, estimator: Any, threshold: float) -> "Task":
        """Return the task that a fitted estimator has.

        Raises
        ------
        ValueError
            If there are several targets, one class, or a threshold without a use.
        """
        if not is_classifier(estimator):
            if getattr(_last(estimator), "n_outputs_", 1) != 1:
                raise ValueError("pruning_report takes one target; report one by one.")
            return cls(None, threshold)
        if getattr(_last(estimator), "_multilabel", False):
            raise ValueError("pruning_report takes one label; report one by one.")
        n_classes = len(estimator.classes_)
        if n_classes < 2:
            raise ValueError("A classifier of one class decides nothing to report.")
        if n_classes > 2 and threshold != 0.5:
            raise ValueError(
                "threshold is for two classes; of several the likeliest is decided "
                f"for. There are {n_classes}: leave it at 0.5, got {threshold!r}."
            )
        return cls(np.asarray(estimator.classes_), threshold)

    @property
    def is_binary(self) -> bool:
        """Whether there are two classes."""
        return self.classes is not None and len(self.classes) == 2

    def targets(self, y: Any) -> Array:
        """Return valid targets: classes by their place, or numbers.

        Raises
        ------
        ValueError
            If a label is none of the classes.
        """
        y = column_or_1d(y, warn=True)
        if self.classes is None:
            return np.asarray(y, dtype=np.float64)
        unknown = np.setdiff1d(y, self.classes)
        if len(unknown):
            raise ValueError(f"y contains previously unseen labels: {unknown.tolist()}")
        order = np.argsort(self.classes)
        return order[np.searchsorted(self.classes, y, sorter=order)]

    def ask(self, model: Any, X: Any, name: str) -> Answers:
        """Return what a fitted model says of the rows of X.

        Raises
        ------
        TypeError
            If it is no model of the kind of the estimator.
        ValueError
            If its classes are others.
        """
        if self.classes is None:
            if not is_regressor(model):
                raise TypeError(f"{name} must be a regressor, as the estimator is.")
            found = np.asarray(model.predict(X), dtype=np.float64)
            return Answers(found.reshape(len(found), -1)[:, 0], None)
        if not hasattr(model, "predict_proba"):
            raise TypeError(
                f"{name} must have predict_proba, which {type(model).__name__} has "
                "not. CalibratedClassifierCV gives a classifier probabilities."
            )
        known = np.asarray(model.classes_)
        if set(known.tolist()) != set(self.classes.tolist()):
            raise ValueError(
                f"{name} knows the classes {known}, the estimator {self.classes}."
            )
        places = [known.tolist().index(one) for one in self.classes.tolist()]
        return self.answers(np.asarray(model.predict_proba(X), np.float64)[:, places])

    def answers(self, proba: Floats) -> Answers:
        """Return probabilities with what they lead to."""
        if self.is_binary:
            return Answers(proba, (proba[:, 1] > self.threshold).astype(np.intp))
        return Answers(proba, proba.argmax(1))


def _last(estimator: Any) -> Any:
    """Return the last step of a Pipeline; another estimator as it is."""
    return estimator[-1] if hasattr(estimator, "steps") else estimator
