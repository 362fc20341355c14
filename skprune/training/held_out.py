"""How much of the labels is noise, found on rows that are held out for that alone.

A classifier brings the loss on the rows that it learns from to nothing, so that it says
nothing of the noise. Where no rows are set aside, a dense network of its own therefore
learns from most of them for as long as its loss on the others falls. The lowest is what
the prior of the pruning phase goes by (see ``prior.py``); that network is given up, and
the one that is pruned learns from all rows.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from joblib import Memory

from skprune.training.beginnings import dense_phase
from skprune.training.caching import our_version
from skprune.training.grouping import same_dense
from skprune.training.job import Job
from skprune.training.loop import Progress, run
from skprune.training.net import PruningNet
from skprune.training.outcome import CutShort, Outcome
from skprune.training.phase import Phase
from skprune.training.strength import is_flattered, prior_of


def with_held_out_losses(
    jobs: Sequence[Job], dense: Sequence[Outcome], memory: Memory, progress: Progress
) -> list[Outcome]:
    """Return the dense networks, each with the loss on rows held out where it counts.

    Of a network that the user interrupts the outcome says so.
    """
    found: dict[Any, float | None] = {}
    outcomes: list[Outcome] = []
    for job, each in zip(jobs, dense, strict=True):
        if not _is_worth_it(job) or any(one.interrupted for one in [each, *outcomes]):
            outcomes.append(each)
            continue
        key = same_dense(job), id(job.held_out)
        if key not in found:
            found[key] = _lowest(job, memory, progress)
        loss = found[key]
        outcomes.append(replace(each, held_out=loss, interrupted=loss is None))
    return outcomes


def _is_worth_it(job: Job) -> bool:
    if job.prune is None or job.held_out is None or not is_flattered(job):
        return False
    return prior_of(job) is not None


def _lowest(job: Job, memory: Memory, progress: Progress) -> float | None:
    """Return the lowest loss; None where the user wants no more."""
    assert job.held_out is not None
    train, valid = job.held_out
    # Weights that are given may have learnt from any row.
    drawn = replace(job.unpruned(), start=None, trained=False, audience=None)
    apart = replace(drawn, train=train, valid=valid)
    try:
        lowest: float = memory.cache(_of_version, ignore=["progress"])(
            apart, our_version(), progress
        )
    except CutShort:
        return None
    return lowest


def _of_version(job: Job, version: str, progress: Progress) -> float:
    # Another version may train otherwise: it is part of the key in the cache.
    phase = dense_phase(job)
    if run([phase], _Unseen(progress), [lambda line: None]):
        raise CutShort([])
    return min([row["valid_loss"] for row in phase.complete_epochs()] or [math.inf])


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
