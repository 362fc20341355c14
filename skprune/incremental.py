"""Learning from one batch of rows after another."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from skprune.ensemble import join_members, members_of
from skprune.progress import say_nothing
from skprune.targets import Encoded

if TYPE_CHECKING:
    from skprune.fitting import Problem
    from skprune.training.data import Rows
    from skprune.training.plan import DensePlan
    from skprune.training.stream import Stream

Array = NDArray[Any]


class IncrementalFit:
    """``partial_fit`` for a network: each call is one epoch over the rows given."""

    _stream: "Stream"

    def _partial_fit(
        self, X: Any, y: Any, sample_weight: Any, *, new_target: bool
    ) -> None:
        """Take one pass over the rows.

        Parameters
        ----------
        new_target : bool
            Whether the rows tell what the targets are like, where no rows did yet.
        """
        from skprune.fitting import weighted_rows

        est: Any = self
        known = hasattr(self, "_predictor")
        if est.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        if est.sparsity == "auto":
            raise ValueError(
                "partial_fit does not support sparsity='auto', which needs a "
                "validation split. Give a number, or use fit."
            )
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
        seen = est.t_ if hasattr(self, "_predictor") else 0
        problem = Problem(rows, Split(), target)
        plan = self._stream_plan(problem)
        log = print if est.verbose else say_nothing
        complete = self._stream.learn(rows, log)
        est._adopt(problem, plan, self._stream.result())
        est.t_ = seen + complete * len(rows)

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
        self._stream = Stream(job, est.masks_ if known else None)
        return job.plan
