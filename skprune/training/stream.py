"""Both phases over a stream of rows, one call an epoch."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from skprune.networks.kind import Rescaling
from skprune.pruning.units import gather
from skprune.training.batches import Batches
from skprune.training.beginnings import make_pruner, pruning_epochs
from skprune.training.bounded_history import BoundedHistory
from skprune.training.checkpoint import Checkpoint
from skprune.training.control import LastEpoch
from skprune.training.factory import PRUNE, generator, make_net
from skprune.training.job import DensePlan, Job
from skprune.training.loop import (
    NOT_FINITE,
    Log,
    begin_epoch,
    end_epoch,
    is_over,
    log_epoch,
    warn_of_interrupt,
)
from skprune.training.outcome import Outcome
from skprune.training.penalty import n_weights, set_penalty
from skprune.training.phase import Phase
from skprune.training.phases import DensePhase, PruningPhase, SparsePhase
from skprune.training.pruner import Pruner
from skprune.training.rows import Rows
from skprune.training.strength import penalised, prior_of
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
        Its rows are neither read nor kept.
    scaling : object or None
        That of the targets, where they have one.
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
        scaling: Any = None,
        masks: Mapping[str, NDArray[Any]] | None = None,
        position: Mapping[str, Any] | None = None,
        *,
        n_kept: int,
        n_before: int = 0,
    ):
        # Of what it knew of rows that are gone, a dense network would teach nothing.
        prune = job.prune and replace(job.prune, imitates=False)
        self.job = replace(job, prune=prune, rows=job.rows.take(np.arange(0)))
        # How many rows are to come, over which the dense phase's prior would be, is not
        # known.
        plan = replace(job.plan, precision=0.0)
        self.plan, self.prune, self.scaling = plan, prune, scaling
        # Without a plan of what goes, all weights are trained, whatever went before.
        self.masks = masks or {} if job.prune is not None else {}
        self.order = generator(plan.seed, PRUNE)
        with one_thread():
            self.net = make_net(plan, job.audience, PRUNE, job.start)
        self.net.history_ = BoundedHistory(n_kept, n_before)
        if plan.track_movement:
            self.net.step_.movement = torch.zeros_like(self.net.flat_.grad)
        self.phase: Phase | None = None
        self.pruner: Pruner | None = None
        self.dense_value: NDArray[Any] | None = None
        self.early = self.net.weights()
        self.n_seen = 0
        self.stage = LAST_STAGE if self.masks else DENSE_STAGE
        self.reached: Mapping[str, Any] = {}
        self._removal: tuple[Any, dict[str, Any]] = (None, {})
        if position is not None:
            self._take_up(position)

    def _take_up(self, position: Mapping[str, Any]) -> None:
        stage = position["stage"]
        if self.prune is None and stage != DENSE_STAGE:
            return
        self.stage, self.reached = stage, dict(position["reached"])
        if "best" in self.reached and not self._comparable(position["scaling"]):
            self.reached["best"] = math.inf
        self.n_seen = position["n_seen"]
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
        return {
            "stage": self.stage,
            "reached": reached,
            "movement": moved,
            "scaling": self.scaling,
            "n_seen": self.n_seen,
        }

    def checkpoint(self) -> Checkpoint:
        """Return what brings the stream back to where it is."""
        return Checkpoint(self)

    def set_rate(self, rate: float) -> None:
        """Go on at another initial learning rate, wherever the phase has taken it."""
        share = rate / self.plan.learning_rate_init
        if share == 1.0:
            return
        self.plan = replace(self.plan, learning_rate_init=rate)
        if self.phase is not None:
            self.phase.scale_rate(share)

    def set_scaling(self, scaling: Any) -> None:
        """Go on with targets that are scaled in another way; predictions stay."""
        before, self.scaling = self.scaling, scaling
        if isinstance(self.phase, DensePhase) and not self._comparable(before):
            self.phase.patience.best = math.inf
        if scaling is before:
            return

        def expressed(value: NDArray[Any]) -> NDArray[Any]:
            n = len(self.net.module_.linears[-1].bias)
            layer = scaling.for_outputs(n).layer_from
            return self._rescaled(value, partial(layer, before.for_outputs(n)))

        self.early = expressed(self.early)
        if self.dense_value is not None:
            self.dense_value = expressed(self.dense_value)
        now = torch.from_numpy(expressed(self.net.weights()))
        self.net.flat_.value.data.copy_(now)
        if isinstance(self.phase, DensePhase | PruningPhase):
            self.phase.early = expressed(self.phase.early)

    def _comparable(self, before: Any) -> bool:
        """Return whether a loss says something about those by a scaling before."""
        if self.scaling is None:
            return True
        return self.scaling is before and bool(self.scaling.settled)

    def _rescaled(self, value: NDArray[Any], layer: Rescaling) -> NDArray[Any]:
        """Return all parameters with the output layer expressed anew."""
        module, new = self.net.module_, value.copy()
        last = module.linears[-1]
        parts = self.net.flat_.split(torch.from_numpy(new))
        weight, bias = (
            parts[name]
            for name, p in module.named_parameters()
            if p is last.weight or p is last.bias
        )
        found = layer(weight.numpy(), bias.numpy())
        for part, values in zip((weight, bias), found, strict=True):
            part.copy_(torch.from_numpy(np.asarray(values, np.float32)))
        return new

    def learn(self, rows: Rows, batch_size: int, log: Log) -> Outcome:
        """Take one pass over the rows; return the network as it stands.

        The user may interrupt it: what was learnt until then is kept, and the
        stage lasts as many passes as it would have. The history is that of the
        pass, and empty where it did not come to its end.

        Raises
        ------
        ValueError
            If a loss, a weight or a moment is no longer finite. The stream is then
            to be put back to a checkpoint, as after any other error.
        """
        with one_thread():
            batches = Batches(
                rows,
                batch_size,
                generator=self.order if self.plan.shuffle else None,
                device=self.plan.device,
            )
            phase = self._phase(batches)
            self._hold(phase, len(rows))
            try:
                began = perf_counter()
                begin_epoch(phase)
                loss = self.net.train_epoch(batches)
                if not self._is_finite():
                    raise ValueError(NOT_FINITE)
                stop = end_epoch(phase, loss)
                log_epoch(phase, log, perf_counter() - began)
            except KeyboardInterrupt:
                if not self._is_finite():
                    raise
                self.net.module_.eval()
                self.net.step_.project()
                warn_of_interrupt(phase)
                return self._outcome([], interrupted=True)
            history = [self.net.history[-1]]
            if is_over(phase, stop):
                self._go_on(phase)
            return self._outcome(history)

    def _is_finite(self) -> bool:
        # A gradient may have spoilt a moment for good, and the weights not yet.
        step = self.net.step_
        kept = [step.value.data, *step.moments().values()]
        if step.movement is not None:
            kept.append(step.movement)
        return all(bool(torch.isfinite(tensor).all()) for tensor in kept)

    def _phase(self, batches: Batches) -> Phase:
        """Return the phase that is on; begin it where none is."""
        if self.phase is None:
            self.phase = BEGIN[self.stage](self, batches)
            if self.reached:
                self.phase.go_on(self.reached)
            self.net.begin_training(batches.rows)
        self.phase.batches = batches
        if self.pruner is not None:
            self.pruner.batches = batches
        return self.phase

    def _hold(self, phase: Phase, n_rows: int) -> None:
        """Count rows, and hold the weights as it takes after so many."""
        self.n_seen += n_rows
        plan = self.plan
        if self.stage == PRUNING_STAGE:
            # The noise is a share of what the present rows' best constant leaves.
            job = replace(self.job, rows=phase.batches.rows)
            prior = prior_of(job, self.n_seen)
            plan = penalised(job, prior, phase.error, n_weights(self.net))
        phase.plan = plan
        set_penalty(self.net, plan)

    def _go_on(self, phase: Phase) -> None:
        if self.prune is None:
            return
        self.net.end_training()
        if isinstance(phase, DensePhase):
            self.early, self.dense_value = phase.early, self.net.weights()
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
        return replace(now, **self._removed())

    def _removed(self) -> dict[str, Any]:
        """Return what an outcome says of the units that went; noted until more go."""
        if self.pruner is None:
            return {}
        noted_for, noted = self._removal
        if noted_for is self.pruner.keep:
            return noted
        masks = self.pruner.masks
        found = {
            "masks": {name: mask.numpy() for name, mask in masks.items()},
            "keep": self.pruner.kept_by_group(),
            "near_floor": self.pruner.near_floor(),
        }
        self._removal = self.pruner.keep, found
        return found


def _dense(stream: Stream, batches: Batches) -> Phase:
    return DensePhase(stream.net, stream.plan, batches, None)


def _pruning(stream: Stream, batches: Batches) -> Phase:
    assert stream.prune is not None
    stream.pruner = stream._new_pruner(batches)
    n_ramp, n_epochs = pruning_epochs(stream.prune, batches.n_batches)
    phase = PruningPhase(
        stream.pruner,
        stream.plan,
        None,
        stream.reached.get("n_ramp", n_ramp),
        stream.reached.get("n_epochs", n_epochs),
        stream.early,
    )
    # What stays is the network as it stands.
    phase.best = LastEpoch()
    return phase


class _PrunedPhase(SparsePhase):
    """Training at the final sparsity, without end."""

    def __init__(self, pruner: Pruner, plan: DensePlan):
        super().__init__(pruner, plan, None, math.inf)
        self.net.n_bits_ = pruner.plan.n_bits
        self.net.set_rate(plan.learning_rate_init)
        self.best = LastEpoch()


def _pruned(stream: Stream, batches: Batches) -> Phase:
    if stream.pruner is None:
        stream.pruner = stream._new_pruner(batches)
    return _PrunedPhase(stream.pruner, stream.plan)


BEGIN: dict[str, Callable[[Stream, Batches], Phase]] = {
    DENSE_STAGE: _dense,
    PRUNING_STAGE: _pruning,
    LAST_STAGE: _pruned,
}
