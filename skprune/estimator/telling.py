"""What a verbose fit says at its end."""

from typing import Any


def closing_line(estimator: Any, seconds: float) -> str:
    """Return how long a fit took, and what came of it, in a line.

    Parameters
    ----------
    estimator : estimator
        A network that has been fitted.
    seconds : float
        From validation to the report.
    """
    report = estimator.pruning_report_
    return (
        f"{type(estimator).__name__}: {estimator.n_iter_} epochs in {seconds:.1f} s, "
        f"{report.sparsity:.0%} of the {report.removed} removed; score of the dense "
        f"network {report.dense.score:.4f}, of the pruned one "
        f"{report.pruned.score:.4f} ({report.evaluated_on} rows)"
    )
