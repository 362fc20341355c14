"""Both phases over a stream of rows, one call an epoch."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from numpy.typing import NDArray

from skprune.pruning.units import gather
from skprune.training.batches import Batches
from skprune.training.bounded_history import BoundedHistory
from skprune.training.control import set_rate
from skprune.training.factory import PRUNE, generator, make_net, set_penalty
from skprune.training.job import DensePlan, Job
from skprune.training.loop import (
    Log,
    begin_epoch,
    end_epoch,
    is_over,
    warn_of_interrupt,
)
from skprune.training.outcome import Outcome
from skprune.training.phases import DensePhase, Phase, PruningPhase, SparsePhase
from skprune.training.pruner import Pruner
from skprune.training.rows import Rows
from skprune.training.run import make_pruner, pruning_epochs
from skprune.training.strength import penalised
from skprune.training.threads import one_thread

DENSE_STAGE, PRUNING_STAGE, LAST_STAGE = "dense", "pruning", "pruned"


class Stream:
    """A network that learns from whatever rows come, and is pruned on the way.

    Dense training lasts ``max_iter`` calls, or until the loss stands still; then
    come ``prune_iter`` calls of pruning and recovery; then training goes on at the
    final sparsity for as long as rows come.

    While it is pruned the weights are held by the prior of ``strength.py``, over all
    rows seen so far: rows that come again count again, so that it errs on the side of
    the penalty of dense training.

    Parameters
    ----------
    job : Job
        Its rows are not read.
    masks : mapping of parameter name to boolean ndarray, optional
        What the network that the job starts from has kept; with masks, training
        starts in the last stage.
    position : mapping, optional
        Where another stream stood that left the network and the masks; goes before.
    n_kept : int
        The network remembers at most so many epochs.
    n_before : int
        Epochs that the network has behind it.
    """

    def __init__(
        self,
        job: Job,
        masks: Mapping[str, NDArray[Any]] | None = None,
        position: Mapping[str, Any] | None = None,
        *,
        n_kept: int,
        n_before: int = 0,
    ):
        plan = job.plan
        self.job, self.plan, self.prune = job, plan, job.prune
        # Without a plan of what goes, all weights are trained, whatever went before.
        self.masks = masks or {} if job.prune is not None else {}
        self.order = generator(plan.seed, PRUNE)
        with one_thread():
            self.net = make_net(plan, job.callbacks, PRUNE, job.start)
        self.net.history_ = BoundedHistory(n_kept, n_before)
        if plan.track_movement:
            self.net.step_.movement = torch.zeros_like(self.net.flat_.grad)
        self.phase: Phase | None = None
        self.pruner: Pruner | None = None
        self.dense_value: NDArray[Any] | None = None
        self.early = self.net.weights()
        self.n_seen, self.dense_loss = 0, math.inf
        self.stage = LAST_STAGE if self.masks else DENSE_STAGE
        self.reached: Mapping[str, Any] = {}
        if position is not None:
            self._take_up(position)

    def _take_up(self, position: Mapping[str, Any]) -> None:
        stage = position["stage"]
        if self.prune is None and stage != DENSE_STAGE:
            return
        self.stage, self.reached = stage, position["reached"]
        self.n_seen, self.dense_loss = position["n_seen"], position["dense_loss"]
        moved, movement = position["movement"], self.net.step_.movement
        if moved is not None and movement is not None:
            movement.copy_(torch.from_numpy(moved))
        if stage == PRUNING_STAGE and not self.masks:
            self.dense_value = self.net.weights()

    def position(self) -> dict[str, Any]:
        """Return where the stream stands, in a few plain numbers.

        Also what the criterion has added up, as an array, where it is still to be used.
        """
        reached = self.reached if self.phase is None else self.phase.position()
        movement = self.net.step_.movement
        moved = None
        if movement is not None and self.stage != LAST_STAGE:
            moved = movement.numpy(force=True).copy()
        seen = {"n_seen": self.n_seen, "dense_loss": self.dense_loss}
        return {"stage": self.stage, "reached": reached, "movement": moved, **seen}

    def learn(self, rows: Rows, log: Log) -> Outcome:
        """Take one pass over the rows; return the network as it stands.

        The user may interrupt it: what was learnt until then is kept, and the
        stage lasts as many passes as it would have. The history is that of the
        pass, and empty where it did not come to its end.
        """
        with one_thread():
            batches = Batches(
                rows,
                self.plan.batch_size,
                generator=self.order if self.plan.shuffle else None,
                device=self.plan.device,
            )
            phase = self._phase(batches)
            self._hold(len(rows))
            try:
                begin_epoch(phase)
                loss = self.net.train_epoch(batches)
                stop = end_epoch(phase, loss, log)
            except KeyboardInterrupt:
                warn_of_interrupt(phase)
                return self._outcome([], interrupted=True)
            history = [self.net.history[-1]]
            if is_over(phase, stop):
                self._go_on(phase)
            return self._outcome(history)

    def _phase(self, batches: Batches) -> Phase:
        """Return the phase that is on; begin it where none is."""
        if self.phase is None:
            self.phase = BEGIN[self.stage](self, batches)
            if self.reached:
                self.phase.go_on(self.reached)
            self.net.notify("on_train_begin", X=None, y=None)
        self.phase.batches = batches
        if self.pruner is not None:
            self.pruner.batches = batches
        return self.phase

    def _hold(self, n_rows: int) -> None:
        """Count rows, and hold the weights as it takes after so many."""
        self.n_seen += n_rows
        plan = self.plan
        if self.stage == PRUNING_STAGE:
            plan = penalised(self.job, self.dense_loss, self.n_seen)
        set_penalty(self.net, plan)

    def _go_on(self, phase: Phase) -> None:
        if self.prune is None:
            return
        self.net.notify("on_train_end", X=None, y=None)
        if isinstance(phase, DensePhase):
            self.early, self.dense_value = phase.early, self.net.weights()
            self.dense_loss = self.net.history[-1]["train_loss"]
            self.stage, self.reached = PRUNING_STAGE, {}
        else:
            # The last stage goes on counting where pruning ends.
            self.stage, self.reached = LAST_STAGE, {"done": phase.done}
        self.phase = None

    def _new_pruner(self, batches: Batches) -> Pruner:
        assert self.prune is not None
        pruner = make_pruner(self.net, self.plan, self.prune, batches, None)
        if self.masks:
            masks = {name: torch.from_numpy(m) for name, m in self.masks.items()}
            pruner.keep = [gather(g, masks).any(1) for g in pruner.groups]
            pruner.hold()
        return pruner

    def _outcome(
        self, history: list[dict[str, Any]], *, interrupted: bool = False
    ) -> Outcome:
        loss = history[-1]["train_loss"] if history else math.inf
        with self.net.rounded():
            now = Outcome(
                self.net.weights(), loss, history, self.early, interrupted=interrupted
            )
        if self.dense_value is not None:
            now = replace(now, before=replace(now, value=self.dense_value, history=[]))
        if self.pruner is None:
            return now
        return replace(
            now,
            masks={name: mask.numpy() for name, mask in self.pruner.masks.items()},
            keep=self.pruner.kept_by_group(),
            near_floor=self.pruner.near_floor(),
        )


def _dense(stream: Stream, batches: Batches) -> Phase:
    return DensePhase(stream.net, stream.plan, batches, None)


def _pruning(stream: Stream, batches: Batches) -> Phase:
    assert stream.prune is not None
    stream.pruner = stream._new_pruner(batches)
    n_ramp, n_epochs = pruning_epochs(stream.prune, batches.n_batches)
    return PruningPhase(
        stream.pruner,
        stream.plan,
        None,
        stream.reached.get("n_ramp", n_ramp),
        stream.reached.get("n_epochs", n_epochs),
        stream.early,
    )


class _PrunedPhase(SparsePhase):
    """Training at the final sparsity, without end."""

    def __init__(self, pruner: Pruner, plan: DensePlan):
        super().__init__(pruner, plan, None, math.inf)
        self.net.n_bits_ = pruner.plan.n_bits
        set_rate(self.net, plan.learning_rate_init)


def _pruned(stream: Stream, batches: Batches) -> Phase:
    if stream.pruner is None:
        stream.pruner = stream._new_pruner(batches)
    return _PrunedPhase(stream.pruner, stream.plan)


BEGIN: dict[str, Callable[[Stream, Batches], Phase]] = {
    DENSE_STAGE: _dense,
    PRUNING_STAGE: _pruning,
    LAST_STAGE: _pruned,
}
