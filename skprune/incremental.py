"""Learning from one batch of rows after another."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

if TYPE_CHECKING:
    from skprune.fitting import Problem
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
        problem = est._problem(X, weight, target, None)
        plan = self._stream_plan(problem)
        log = print if est.verbose else _say_nothing
        complete = self._stream.learn(problem.rows, log)
        seen = est.t_ if known else 0
        est._adopt(problem, plan, self._stream.result())
        est.t_ = seen + complete * len(problem.rows)

    def _stream_plan(self, problem: "Problem") -> "DensePlan":
        """Return the stream's plan; begin or take up the stream where there is none."""
        from skprune.fitting import dense_plan, prune_plan
        from skprune.training.stream import Stream

        if hasattr(self, "_stream"):
            return self._stream.plan
        est: Any = self
        seed = check_random_state(est.random_state).randint(np.iinfo(np.int32).max)
        rows = problem.rows
        plan = dense_plan(est, problem, est._architecture(), len(rows), int(seed))
        known = hasattr(self, "_predictor")
        self._stream = Stream(
            plan,
            prune_plan(est),
            est.callbacks,
            start=est._expand() if known else None,
            masks=est.masks_ if known else None,
        )
        return plan


def _say_nothing(line: str) -> None:
    """Print nothing."""
