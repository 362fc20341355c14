"""scikit-learn's fit callbacks, told of phases and epochs."""

from collections.abc import Callable, Sequence
from typing import Any


class CallbackProgress:
    """Turns phases and epochs into tasks of scikit-learn's callback tree.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext
        Its root, whose children are the phases.
    known : dict
        The estimator being fitted, X, y and metadata, which callbacks are handed.
    snapshot : callable
        From skorch networks to the attributes that make the estimator predict
        with them.
    """

    def __init__(
        self,
        context: Any,
        known: dict[str, Any],
        snapshot: Callable[[Sequence[Any]], dict[str, Any]],
    ):
        self.known, self.snapshot = known, snapshot
        self.root, self.phase, self.epoch = context, context, context

    def begin_phase(self, name: str, n_epochs: float) -> None:
        """Open a task for the phase."""
        self.phase = self.root.subcontext(task_name=name, max_subtasks=n_epochs)
        self.phase.call_on_fit_task_begin(**self.known)

    def begin_epoch(self) -> None:
        """Open a task for the epoch."""
        self.epoch = self.phase.subcontext(task_name="epoch")
        self.epoch.call_on_fit_task_begin(**self.known)

    def end_epoch(self, nets: Sequence[Any]) -> bool:
        """Close the epoch's task; return True where a callback wants to stop."""
        stop = self.epoch.call_on_fit_task_end(
            **self.known, reconstruction_attributes=lambda: self.snapshot(nets)
        )
        return bool(stop)

    def end_phase(self) -> None:
        """Close the phase's task."""
        self.phase.call_on_fit_task_end(**self.known)


def say_nothing(line: str) -> None:
    """Print nothing."""
