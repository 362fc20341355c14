"""Learning from one batch of rows after another."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from skprune.estimator.attributes import forget, postpone, settle, unchanged_on_error
from skprune.estimator.callback_tree import say_nothing
from skprune.estimator.ensemble import join_members, members_of
from skprune.estimator.fitted import History
from skprune.estimator.layouts import AUTO_BATCH_SIZE
from skprune.estimator.targets import Targets

if TYPE_CHECKING:
    from skprune.training.outcome import Outcome
    from skprune.training.rows import Rows
    from skprune.training.stream import Stream

KEPT_EPOCHS = 1000
"""So many of a stream's epochs are kept in its history; all are counted."""

TAKES_EFFECT = {"learning_rate_init", "verbose", "class_weight"}
"""Parameters that each call reads anew."""

NOT_READ = {"memory", "warm_start", "validation_fraction", "tolerance"}
"""Parameters that no stream reads."""

ARCHITECTURE = ("hidden_layer_sizes", "dense_layer_sizes", "activation", "cell")
"""Parameters without which stored weights mean nothing."""


class Streaming:
    """``partial_fit`` for a network: each call is one epoch over the rows given.

    However many calls there were, one more takes as long and needs no more memory.
    Nothing but the training is done in a call: what the estimator offers is derived
    from the outcome of the last one when it is asked for.
    """

    _stream: "Stream"
    _position: dict[str, Any]
    _begun_with: dict[str, Any]
    _history: History

    def _partial_fit(
        self, X: Any, y: Any, sample_weight: Any, classes: Any = None
    ) -> None:
        """Take one pass over the rows, a task of its own to scikit-learn's callbacks.

        Raises
        ------
        ValueError
            If the rows or the parameters are unusable, or if the loss stops being
            finite. The estimator is then left as it was.
        KeyboardInterrupt
            If the user interrupts; what was learnt until then is kept.
        """
        est: Any = self
        self._refuse_what_needs_a_split()
        metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
        known = {"estimator": self, "X": X, "y": y, "metadata": metadata}
        context = est._init_callback_context()
        context.call_on_fit_task_begin(**known)
        with unchanged_on_error(self), _streams_unchanged_on_error(self):
            self._refuse_other_parameters()
            fitted = est.__sklearn_is_fitted__()
            named = self._named_target(y, classes)
            rows, targets = est._read(
                X, y, sample_weight, reset=not fitted, learn_target=not named
            )
            members = members_of(self, again=fitted)
            interrupted = any(member._learn(rows, targets) for member in members)
            join_members(self, members)
        if interrupted:
            raise KeyboardInterrupt
        context.call_on_fit_task_end(**known, reconstruction_attributes={})

    def _refuse_what_needs_a_split(self) -> None:
        est: Any = self
        if est.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True, which needs rows "
                "set aside. Construct the estimator with early_stopping=False, or "
                "use fit."
            )
        if isinstance(est.sparsity, str):
            raise ValueError(
                "partial_fit does not support sparsity='auto', which needs a "
                "validation split. Give a number, or use fit."
            )
        if est.mask_unreliable is not None:
            raise ValueError(
                "partial_fit does not support mask_unreliable, which judges all "
                "rows at once. Construct the estimator with mask_unreliable=None, "
                "or use fit."
            )
        if est.teacher is not None:
            raise ValueError(
                "partial_fit does not support a teacher, which is asked about all rows "
                "at once. Construct the estimator with teacher=None, or use fit."
            )

    def _refuse_other_parameters(self) -> None:
        """Raise if this call asks for another network than the stream is training."""
        est: Any = self
        now = {name: getattr(est, name) for name in est._parameter_constraints}
        before = vars(self).setdefault("_begun_with", now)
        fixed = now.keys() - TAKES_EFFECT - NOT_READ
        if not est._in_stream():
            # A stream taken up again is begun anew, from the weights that there are.
            fixed &= before.keys() & set(ARCHITECTURE)
        changed = sorted(n for n in fixed if not _same(now[n], before[n]))
        if changed:
            raise ValueError(
                f"{', '.join(changed)} changed since this stream began, which "
                "partial_fit cannot take up: its network goes on as it is. Set back "
                "what was changed, or use clone() to start anew."
            )
        self._begun_with = now

    def _in_stream(self) -> bool:
        est: Any = self
        return any("_stream" in vars(member) for member in est._members())

    def _named_target(self, y: Any, classes: Any) -> bool:
        """Learn what the targets are like from what was named, if anything was."""
        return False

    def _learn(self, rows: "Rows", targets: Targets) -> bool:
        """Take one pass over valid rows; return whether it was interrupted."""
        est: Any = self
        stream = self._started_stream(rows, targets)
        stream.set_rate(est.learning_rate_init)
        stream.set_scaling(targets.scaling)
        auto = est.batch_size == "auto"
        size = AUTO_BATCH_SIZE if auto else int(est.batch_size)
        outcome = stream.learn(rows, size, print if est.verbose else say_nothing)
        self._note(rows, targets, outcome)
        return outcome.interrupted

    def _started_stream(self, rows: "Rows", targets: Targets) -> "Stream":
        """Return the stream; begin it, or take it up, where there is none."""
        from skprune.training.stream import Stream

        if "_stream" in vars(self):
            return self._stream
        est: Any = self
        fitted = est.__sklearn_is_fitted__()
        self._stream = Stream(
            est._job(rows, targets, again=fitted),
            targets.scaling,
            est.masks_ if fitted else None,
            vars(self).pop("_position", None),
            n_kept=KEPT_EPOCHS,
            n_before=self._history.n_epochs if fitted else 0,
        )
        return self._stream

    def _note(self, rows: "Rows", targets: Targets, outcome: "Outcome") -> None:
        """Note the figures of a call; postpone what takes work."""
        from dataclasses import replace

        from skprune.estimator.jobs import (
            figures,
            network_attributes,
            report_attributes,
        )
        from skprune.estimator.summary import rows_to_judge

        before = vars(self).get("_history")
        job = replace(self._stream.job, rows=rows)
        vars(self).update(figures(job, targets, outcome))
        if before is not None:
            self._history = before.then(self._history).last(KEPT_EPOCHS)
        job = replace(job, rows=rows_to_judge(rows, job.plan.seed))
        est: Any = self
        postpone(
            self,
            {
                ("_predictor", "_units", "_mask_bits"): lambda: network_attributes(
                    job, targets, outcome
                ),
                ("pruning_report_", "feature_importances_"): lambda: report_attributes(
                    job, targets, outcome, est._predictor
                ),
            },
        )

    def __getstate__(self) -> dict[str, Any]:
        # What the rows of the last call tell is worked out; they are not stored.
        settle(self)
        state = dict(super().__getstate__())  # type: ignore[call-overload]
        stream = state.pop("_stream", None)
        if stream is not None:
            state["_position"] = stream.position()
        begun = state.get("_begun_with", {})
        if begun:
            state["_begun_with"] = {n: begun[n] for n in ARCHITECTURE if n in begun}
        return state

    def _forget_stream(self) -> None:
        forget(self, "_stream", "_position", "_begun_with")


@contextmanager
def _streams_unchanged_on_error(estimator: Any) -> Iterator[None]:
    """Put the streams of all networks back if what is done meanwhile raises."""
    streams = [vars(member).get("_stream") for member in estimator._members()]
    marks = [stream.checkpoint() for stream in streams if stream is not None]
    try:
        yield
    except BaseException:
        for mark in marks:
            mark.restore()
        raise


def _same(a: Any, b: Any) -> bool:
    return a is b or np.array_equal(a, b)
