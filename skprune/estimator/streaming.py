"""Learning from one batch of rows after another."""

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from skprune.estimator.callback_tree import say_nothing
from skprune.estimator.ensemble import join_members, members_of
from skprune.estimator.fitted import History
from skprune.estimator.targets import Targets

if TYPE_CHECKING:
    from skprune.training.rows import Rows
    from skprune.training.stream import Stream

Array = NDArray[Any]

KEPT_EPOCHS = 1000
"""So many of a stream's epochs are kept in its history; all are counted."""


class Streaming:
    """``partial_fit`` for a network: each call is one epoch over the rows given.

    However many calls there were, one more takes as long and needs no more memory.
    """

    _stream: "Stream"
    _position: dict[str, Any]
    _history: History

    def _partial_fit(
        self, X: Any, y: Any, sample_weight: Any, *, new_target: bool
    ) -> None:
        """Take one pass over the rows, a task of its own to scikit-learn's callbacks.

        Parameters
        ----------
        new_target : bool
            Whether the rows tell what the targets are like, where no rows did yet.
        """
        est: Any = self
        if est.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True, which needs rows "
                "set aside. Construct the estimator with early_stopping=False."
            )
        if est.sparsity == "auto":
            raise ValueError(
                "partial_fit does not support sparsity='auto', which needs a "
                "validation split. Give a number, or use fit."
            )
        if est.teacher is not None:
            raise ValueError(
                "partial_fit does not support a teacher, which is asked about all rows "
                "at once. Construct the estimator with teacher=None, or use fit."
            )
        metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
        known = {"estimator": self, "X": X, "y": y, "metadata": metadata}
        context = est._init_callback_context()
        context.call_on_fit_task_begin(**known)
        fitted = hasattr(self, "_predictor")
        rows, targets = est._read(
            X, y, sample_weight, reset=not fitted, learn_target=new_target
        )
        members = members_of(self, again=fitted)
        for member in members:
            member._learn(rows, targets)
        join_members(self, members)
        context.call_on_fit_task_end(**known, reconstruction_attributes={})

    def _learn(self, rows: "Rows", targets: Targets) -> None:
        """Take one pass over valid rows."""
        from dataclasses import replace

        est: Any = self
        stream = self._started_stream(rows, targets)
        log = print if est.verbose else say_nothing
        outcome = stream.learn(rows, log)
        before = vars(self).get("_history")
        est._adopt(replace(stream.job, rows=rows), targets, outcome)
        if before is not None:
            self._history = before.then(self._history).last(KEPT_EPOCHS)

    def _started_stream(self, rows: "Rows", targets: Targets) -> "Stream":
        """Return the stream; begin it, or take it up, where there is none."""
        from skprune.training.stream import Stream

        if hasattr(self, "_stream"):
            return self._stream
        est: Any = self
        fitted = hasattr(self, "_predictor")
        self._stream = Stream(
            est._job(rows, targets, again=fitted),
            est.masks_ if fitted else None,
            vars(self).pop("_position", None),
            n_kept=KEPT_EPOCHS,
            n_before=self._history.n_epochs if fitted else 0,
        )
        return self._stream

    def _forget_stream(self) -> None:
        for name in ("_stream", "_position"):
            vars(self).pop(name, None)
