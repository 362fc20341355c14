"""How much of the labels is noise, found on rows that are held out for that alone.

A classifier brings the loss on the rows that it learns from to nothing, so that it says
nothing of the noise. Where no rows are set aside, a dense network of its own therefore
learns from most of them for as long as its loss on the others falls. The lowest is what
the prior of the pruning phase goes by (see ``prior.py``); that network is given up, and
the one that is pruned learns from all rows.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import replace

from joblib import Memory

from skprune.training.beginnings import dense_phase
from skprune.training.caching import our_version
from skprune.training.grouping import dense_pace, grouped, same_dense
from skprune.training.job import Job
from skprune.training.loop import NOT_FINITE, Progress, run
from skprune.training.net import PruningNet
from skprune.training.outcome import CutShort, Outcome
from skprune.training.phase import Phase
from skprune.training.strength import is_flattered, prior_of


def with_held_out_losses(
    jobs: Sequence[Job], dense: Sequence[Outcome], memory: Memory, progress: Progress
) -> list[Outcome]:
    """Return the dense networks, each with the loss on rows held out where it counts.

    Where the user interrupts, outcomes say so.
    """
    apart = {_key(job): _apart(job) for job in jobs if _is_worth_it(job)}
    if any(outcome.interrupted for outcome in dense) or not apart:
        return list(dense)
    found: dict[Hashable, float] = {}
    keys = list(apart)
    lowest = memory.cache(_lowest, ignore=["progress"])
    for members in grouped([dense_pace(apart[key]) for key in keys]):
        some = [keys[i] for i in members]
        try:
            losses = lowest([apart[key] for key in some], our_version(), progress)
        except CutShort:
            return [replace(outcome, interrupted=True) for outcome in dense]
        found.update(zip(some, losses, strict=True))
    return [
        replace(outcome, held_out=found.get(_key(job)))
        for job, outcome in zip(jobs, dense, strict=True)
    ]


def _key(job: Job) -> Hashable:
    # Levels of sparsity share the loss as they share the dense network.
    return same_dense(job), id(job.held_out)


def _is_worth_it(job: Job) -> bool:
    if job.prune is None or job.held_out is None or not is_flattered(job):
        return False
    return prior_of(job) is not None


def _apart(job: Job) -> Job:
    """Return the job of the network that is given up."""
    assert job.held_out is not None
    train, valid = job.held_out
    apart = replace(job, train=train, valid=valid).recovering().unpruned()
    # Weights that are given may have learnt from any row.
    return replace(apart, start=None, trained=False, audience=None)


def _lowest(jobs: Sequence[Job], version: str, progress: Progress) -> list[float]:
    """Return the lowest loss of each job's network; infinite where they diverge.

    Another version may train otherwise: it is part of the key in the cache.

    Raises
    ------
    CutShort
        If the user interrupts.
    """
    phases = [dense_phase(job) for job in jobs]
    try:
        interrupted = run(phases, _Unseen(progress), [lambda line: None] * len(phases))
    except ValueError as error:
        if str(error) != NOT_FINITE:
            raise
        return [math.inf] * len(phases)
    if interrupted:
        raise CutShort([])
    return [phase.outcome().loss for phase in phases]


class _Unseen:
    """Tells who is told of nothing but an interrupt."""

    def __init__(self, progress: Progress):
        self.progress = progress

    def begin_phase(self, name: str, n_epochs: float) -> None: ...

    def begin_epoch(self) -> None: ...

    def end_epoch(self, nets: Sequence[PruningNet]) -> bool:
        return False

    def interrupted(self, phase: Phase) -> None:
        self.progress.interrupted(phase)

    def end_phase(self) -> None: ...
