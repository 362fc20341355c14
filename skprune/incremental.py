"""Learning from one batch of rows after another."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from skprune.ensemble import join_members, members_of
from skprune.fitted import History
from skprune.progress import say_nothing
from skprune.targets import Encoded

if TYPE_CHECKING:
    from skprune.fitting import Problem
    from skprune.training.data import Rows
    from skprune.training.plan import DensePlan
    from skprune.training.stream import Stream

Array = NDArray[Any]

KEPT_EPOCHS = 1000
"""So many of a stream's epochs are kept in its history; all are counted."""


class IncrementalFit:
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
        known = hasattr(self, "_predictor")
        if est.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        if est.sparsity == "auto":
            raise ValueError(
                "partial_fit does not support sparsity='auto', which needs a "
                "validation split. Give a number, or use fit."
            )
        metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
        told = {"estimator": self, "X": X, "y": y, "metadata": metadata}
        context = est._init_callback_context()
        context.call_on_fit_task_begin(**told)
        self._learn_all(X, y, sample_weight, known=known, new_target=new_target)
        context.call_on_fit_task_end(**told, reconstruction_attributes={})

    def _learn_all(
        self, X: Any, y: Any, sample_weight: Any, *, known: bool, new_target: bool
    ) -> None:
        """Validate the rows, and let each network take one pass over them."""
        from skprune.fitting import weighted_rows

        est: Any = self
        X, y = est._validate(X, y, reset=not known)
        weight = est._row_weights(X, y, sample_weight)
        target = est._encode(y, weight, reset=new_target and not known)
        est.n_outputs_, est.out_activation_ = target.n_outputs, target.out_activation
        rows, target = weighted_rows(X, weight, target)
        members = members_of(self, again=known)
        for member in members:
            member._learn(rows, target)
        join_members(self, members)

    def _learn(self, rows: "Rows", target: Encoded) -> None:
        """Take one pass over valid rows."""
        from skprune.fitting import Problem
        from skprune.training.job import Split

        est: Any = self
        problem = Problem(rows, Split(), target)
        plan = self._stream_plan(problem)
        log = print if est.verbose else say_nothing
        trained = self._stream.learn(rows, log)
        before = vars(self).get("_history")
        est._record(problem, trained)
        if before is not None:
            self._history = before.then(self._history).last(KEPT_EPOCHS)
        est._adopt(problem, plan, trained)

    def _stream_plan(self, problem: "Problem") -> "DensePlan":
        """Return the stream's plan; begin or take up the stream where there is none."""
        from skprune.fitting import make_job
        from skprune.training.stream import Stream

        if hasattr(self, "_stream"):
            return self._stream.plan
        est: Any = self
        seed = check_random_state(est.random_state).randint(np.iinfo(np.int32).max)
        known = hasattr(self, "_predictor")
        job = make_job(est, problem, int(seed), est._expand() if known else None)
        self._stream = Stream(
            job,
            est.masks_ if known else None,
            vars(self).pop("_position", None),
            n_kept=KEPT_EPOCHS,
            n_before=self._history.n_epochs if known else 0,
        )
        return job.plan

    def _forget_stream(self) -> None:
        for name in ("_stream", "_position"):
            vars(self).pop(name, None)
