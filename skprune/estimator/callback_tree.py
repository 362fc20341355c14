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

    def interrupted(self, phase: Any) -> None:
        """Tell the user who pressed Ctrl-C what is left."""
        from skprune.training.loop import warn_of_interrupt

        warn_of_interrupt(phase)

    def end_phase(self) -> None:
        """Close the phase's task."""
        self.phase.call_on_fit_task_end(**self.known)


class PathProgress(CallbackProgress):
    """Tells callbacks of a path, of which nothing stays if the user ends it.

    Several networks may train at once, so that there is no one estimator to hand to
    callbacks.
    """

    def __init__(self, context: Any, known: dict[str, Any]):
        super().__init__(context, known, lambda nets: {})

    def end_epoch(self, nets: Sequence[Any]) -> bool:
        """Close the epoch's task; return True where a callback wants to stop."""
        return bool(self.epoch.call_on_fit_task_end(**self.known))

    def interrupted(self, phase: Any) -> None:
        """Raise KeyboardInterrupt."""
        raise KeyboardInterrupt


class Unwatched:
    """Is told of a path that nobody watches."""

    def begin_phase(self, name: str, n_epochs: float) -> None:
        """Tell nobody."""

    def begin_epoch(self) -> None:
        """Tell nobody."""

    def end_epoch(self, nets: Sequence[Any]) -> bool:
        """Return False: nobody wants to stop."""
        return False

    def interrupted(self, phase: Any) -> None:
        """Raise KeyboardInterrupt."""
        raise KeyboardInterrupt

    def end_phase(self) -> None:
        """Tell nobody."""


def say_nothing(line: str) -> None:
    """Print nothing."""
