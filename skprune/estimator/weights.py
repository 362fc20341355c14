"""Weights of rows: of the size that float32 holds, and of classes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from skprune.estimator.targets import power_of_two

Array = NDArray[Any]

EXTREME = 2.0**60
"""Weights whose largest is beyond this, or below its inverse, are brought to size 1."""


def of_usable_size(weight: Array, name: str) -> Array:
    """Return weights that float32 holds; only their ratios matter.

    A row whose weight is nothing beside the largest gets none.

    Parameters
    ----------
    weight : ndarray of float64 of shape (n_rows,)
        Finite, and not negative.
    name : str
        Of the parameters that they come from.

    Raises
    ------
    ValueError
        If all are zero.

    Examples
    --------
    >>> import numpy as np
    >>> weight = of_usable_size(np.array([1e-300, 3e-300, 0.0]), "sample_weight")
    >>> (weight / weight[0]).round(6).tolist()
    [1.0, 3.0, 0.0]
    """
    largest = weight.max(initial=0.0)
    if largest == 0.0:
        raise ValueError(
            f"All values of {name} are zero: at least one row needs a positive weight."
        )
    if not 1 / EXTREME < largest < EXTREME:
        weight = weight / power_of_two(largest)
    return np.where(weight < np.finfo(np.float32).tiny, 0.0, weight)


def by_class(class_weight: Any, y: Array) -> Array:
    """Return ``compute_sample_weight(class_weight, y)``, in less memory.

    For one column the weights of the classes follow from their counts alone.

    Raises
    ------
    ValueError
        If a weight is none, or if none is positive.
    """
    _demand_weights(class_weight)
    if y.ndim == 2:
        found = np.asarray(compute_sample_weight(class_weight, y))
        return of_usable_size(found, "class_weight")
    classes, counts = np.unique(y, return_counts=True)
    weights = compute_class_weight(
        class_weight, classes=classes, y=classes, sample_weight=counts
    )
    weights = of_usable_size(np.asarray(weights), "class_weight")
    return np.asarray(weights[np.searchsorted(classes, y)])


def _demand_weights(class_weight: Any) -> None:
    by_label = class_weight if isinstance(class_weight, list) else [class_weight]
    for each in by_label:
        for label, value in each.items() if isinstance(each, dict) else ():
            if not _is_weight(value):
                raise ValueError(
                    "class_weight must give each class a finite number that is not "
                    f"negative, got {value!r} for class {label!r}."
                )


def _is_weight(value: Any) -> bool:
    try:
        return 0.0 <= float(value) < np.inf
    except (TypeError, ValueError):
        return False
