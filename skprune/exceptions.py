"""Warnings of skprune's own."""

__all__ = ["PruningWarning"]


class PruningWarning(UserWarning):
    """The pruned network is worse than the dense one by more than its standard error.

    Judged by the losses of the same rows, which were set aside while training; without
    ``early_stopping`` no such rows exist, and a dense network that has fitted noise
    would look better than it is.

    See Also
    --------
    skprune.PrunedMLPClassifier : Its ``sparsity="auto"`` finds how far to go.

    Examples
    --------
    >>> import warnings
    >>> from skprune.exceptions import PruningWarning
    >>> warnings.simplefilter("error", PruningWarning)  # a fit that loses raises
    >>> warnings.resetwarnings()
    """
