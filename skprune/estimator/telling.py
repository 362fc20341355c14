"""What a fit says at its end: warnings, and a line where it is verbose."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sklearn.exceptions import ConvergenceWarning

from skprune.exceptions import PruningWarning
from skprune.warn import warn_user

if TYPE_CHECKING:
    from skprune.training.outcome import Outcome


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


def warn_unless_converged(estimator: Any, outcomes: Sequence["Outcome"]) -> None:
    """Warn where a dense phase was still learning when its last epoch was over."""
    if estimator.early_stopping or all(
        outcome.dense.converged or outcome.interrupted for outcome in outcomes
    ):
        return
    warn_user(
        f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached "
        "and the optimization hasn't converged yet.",
        ConvergenceWarning,
    )


def warn_where_worse(estimator: Any) -> None:
    """Warn where pruning has made the network worse than chance would."""
    report = estimator.pruning_report_
    if report.is_worse:
        warn_user(
            f"Pruning {report.sparsity:.0%} of the {report.removed} made the "
            "network worse by more than the standard error: see pruning_report_. "
            "Prune less, or let sparsity='auto' find how far to go.",
            PruningWarning,
        )
