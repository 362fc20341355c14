"""Whether pruned networks learn from the dense ones that they come from."""

from typing import Any


def imitates_dense(estimator: Any) -> bool:
    """Return whether pruned networks learn from dense ones where nobody asks for it.

    The loss of a quantile is not even-handed: where a network falls short of another,
    it would go to a quantile of what it cannot follow, so that bands came out too wide.
    """
    if not estimator._layout.in_time or estimator.teacher is not None:
        return False
    return getattr(estimator, "loss", None) != "quantile"
