"""Both phases over a stream of rows, one call an epoch."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from numpy.typing import NDArray

from skprune.training.data import Batches, Rows
from skprune.training.factory import PRUNE, generator, make_net
from skprune.training.job import Job
from skprune.training.outcome import (
    Dense,
    Trained,
    complete_epochs,
    pruned_outcome,
    values,
)
from skprune.training.phases import DensePhase, Phase, PruningPhase, run_epoch
from skprune.training.pruner import Pruner
from skprune.training.rates import set_rate
from skprune.training.trainer import (
    make_pruner,
    one_thread,
    pruning_epochs,
    warn_of_interrupt,
)
from skprune.units import gather

DENSE_STAGE, PRUNING_STAGE, LAST_STAGE = "dense", "pruning", "pruned"


class Stream:
    """A network that learns from whatever rows come, and is pruned on the way.

    Dense training lasts ``max_iter`` calls, or until the loss stands still; then
    come ``prune_iter`` calls of pruning and recovery; then training goes on at the
    final sparsity for as long as rows come.

    Parameters
    ----------
    job : Job
        Its rows are not read.
    masks : mapping of parameter name to boolean ndarray, optional
        What the network that the job starts from has kept; with masks, training
        starts in the last stage.
    """

    def __init__(
        self,
        job: Job,
        masks: Mapping[str, NDArray[Any]] | None = None,
    ):
        plan = job.plan
        self.plan, self.prune, self.masks = plan, job.prune, masks or {}
        self.order = generator(plan.seed, PRUNE)
        self.stage = LAST_STAGE if self.masks else DENSE_STAGE
        with one_thread():
            self.net = make_net(plan, job.callbacks, PRUNE, job.start)
        if plan.track_movement:
            self.net.descent_.movement = torch.zeros_like(self.net.flat_.grad)
        self.phase: Phase | None = None
        self.pruner: Pruner | None = None
        self.dense_value: NDArray[Any] | None = None
        self.early = values(self.net)

    def learn(self, rows: Rows, log: Callable[[str], None]) -> bool:
        """Take one pass over the rows; return whether it came to its end.

        The user may interrupt it: what was learnt until then is kept, and the
        stage lasts as many passes as it would have.
        """
        with one_thread():
            batches = Batches(
                rows,
                self.plan.batch_size,
                generator=self.order if self.plan.shuffle else None,
                device=self.plan.device,
            )
            if self.phase is None:
                self.phase = BEGIN[self.stage](self, batches)
            if self.pruner is not None:
                self.pruner.batches = batches
            try:
                over = run_epoch(self.phase, batches, None, log)
            except KeyboardInterrupt:
                warn_of_interrupt(self.phase)
                return False
            if over or self.phase.done >= self.phase.n_epochs:
                self._go_on()
        return True

    def _go_on(self) -> None:
        if self.stage == DENSE_STAGE:
            assert isinstance(self.phase, DensePhase)
            self.early, self.dense_value = self.phase.early, values(self.net)
        if self.prune is None:
            return
        self.stage = PRUNING_STAGE if self.stage == DENSE_STAGE else LAST_STAGE
        self.phase = None

    def _new_pruner(self, batches: Batches) -> Pruner:
        assert self.prune is not None
        pruner = make_pruner(self.net, self.plan, self.prune, batches, None)
        if self.masks:
            masks = {name: torch.from_numpy(m) for name, m in self.masks.items()}
            pruner.keep = [gather(g, masks).any(1) for g in pruner.groups]
            pruner.hold()
        return pruner

    def result(self) -> Trained:
        """Return the network as it stands."""
        with self.net.rounded():
            value = values(self.net)
            dense_value = value if self.dense_value is None else self.dense_value
            history = complete_epochs(self.net)
            dense = Dense(dense_value, self.early, None, history, True, False)
            if self.pruner is None:
                return Trained(dense, value)
            now = pruned_outcome(dense, self.pruner, interrupted=False)
        return replace(now, history=[])


def _dense(stream: Stream, batches: Batches) -> Phase:
    return DensePhase(stream.net, stream.plan, batches.n_rows, keep_best=False)


def _pruning(stream: Stream, batches: Batches) -> Phase:
    assert stream.prune is not None
    stream.pruner = stream._new_pruner(batches)
    n_ramp, n_epochs = pruning_epochs(stream.prune, batches.n_batches)
    return PruningPhase(
        stream.net, stream.pruner, stream.plan, n_ramp, n_epochs, stream.early
    )


class _Pruned(Phase):
    """Training at the final sparsity, without end."""

    name = "pruning"

    def __init__(self, stream: Stream, pruner: Pruner):
        super().__init__(stream.net, math.inf)
        self.pruner = pruner
        set_rate(stream.net, stream.plan.learning_rate_init)

    def sparsity(self) -> float:
        return self.pruner.sparsity


def _pruned(stream: Stream, batches: Batches) -> Phase:
    if stream.pruner is None:
        stream.pruner = stream._new_pruner(batches)
    return _Pruned(stream, stream.pruner)


BEGIN: dict[str, Callable[[Stream, Batches], Phase]] = {
    DENSE_STAGE: _dense,
    PRUNING_STAGE: _pruning,
    LAST_STAGE: _pruned,
}
