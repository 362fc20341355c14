"""From jobs to trained and pruned networks, one at a time or in step."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from joblib import Memory

from skprune.training.beginnings import (
    as_given,
    dense_phase,
    pruning_epochs,
    pruning_phase,
    search_phase,
)
from skprune.training.caching import Witness, sources_of
from skprune.training.grouping import (
    dense_pace,
    grouped,
    pruning_pace,
    same_audience,
    same_dense,
)
from skprune.training.held_out import with_held_out_losses
from skprune.training.job import Job
from skprune.training.levels import RecoveryPhase
from skprune.training.loop import Log, Progress, run
from skprune.training.net import PruningNet
from skprune.training.outcome import CutShort, Outcome
from skprune.training.phases import PruningPhase
from skprune.training.rehearsal import rehearsed
from skprune.training.strength import Race, entrants
from skprune.training.threads import one_thread

Between = Callable[[Sequence[Job], Sequence[Outcome]], Sequence[Job]]
"""From jobs and their dense networks to the jobs that the pruning phase takes."""


def train_all(
    jobs: Sequence[Job],
    memory: Memory,
    progress: Progress,
    log: Log,
    between: Between | None = None,
) -> list[Outcome]:
    """Train one network for each job: an ensemble, folds, or levels of sparsity.

    Parameters
    ----------
    jobs : sequence of Job
        Jobs that differ in what is pruned alone share the dense network.
    memory : joblib.Memory
        Caches the dense phase.
    progress, log
        Who is told.
    between : callable, optional
        Changes the jobs before the pruning phase, all dense networks being known.

    Returns
    -------
    outcomes : list of Outcome
        In the order of ``jobs``.
    """
    logs = [named(log, i, len(jobs)) for i in range(len(jobs))]
    found: dict[int, Outcome] = {}
    with one_thread():
        for members in grouped([same_audience(job) for job in jobs]):
            some, some_logs = [jobs[i] for i in members], [logs[i] for i in members]
            outcomes = _train_together(some, memory, progress, some_logs, between)
            found.update(zip(members, outcomes, strict=True))
            _stop_if_interrupted(outcomes, len(jobs) - len(found))
    return [found[i] for i in range(len(jobs))]


def _train_together(
    jobs: Sequence[Job],
    memory: Memory,
    progress: Progress,
    logs: Sequence[Log],
    between: Between | None,
) -> list[Outcome]:
    nets: list[PruningNet] = []
    dense = dense_of_all(jobs, memory, progress, logs, nets)
    if between is not None:
        jobs = between(jobs, dense)
    dense = with_held_out_losses(jobs, dense, memory, progress)
    return _pruned_of_all(jobs, dense, progress, logs, nets)


def _stop_if_interrupted(outcomes: Sequence[Outcome], n_left: int) -> None:
    """Raise KeyboardInterrupt where networks are left that have learnt nothing."""
    if n_left and any(outcome.interrupted for outcome in outcomes):
        raise KeyboardInterrupt


def named(log: Log, i: int, n: int) -> Log:
    """Return a log whose lines say which of ``n`` networks they are about."""
    return log if n == 1 else lambda line: log(f"network {i + 1}, {line}")


def dense_of_all(
    jobs: Sequence[Job],
    memory: Memory,
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Outcome]:
    """Return each job's dense network, trained once where jobs share it."""
    keys = [same_dense(job) for job in jobs]
    apart = {key: job.unpruned() for key, job in zip(keys, jobs, strict=True)}
    found = {key: as_given(job) for key, job in apart.items() if job.trained}
    distinct = [key for key in apart if key not in found]
    log_of = dict(zip(reversed(keys), reversed(logs), strict=True))
    for members in grouped([dense_pace(apart[key]) for key in distinct]):
        some = [distinct[i] for i in members]
        try:
            these, told = [apart[key] for key in some], [log_of[key] for key in some]
            outcomes = _cached(these, memory, progress, told, nets)
        except CutShort as cut:
            outcomes = cut.outcomes
            n_left = sum(key not in found for key in distinct) - len(some)
            _stop_if_interrupted(outcomes, n_left)
        found.update(zip(some, outcomes, strict=True))
    return [found[key] for key in keys]


def _pruned_of_all(
    jobs: Sequence[Job],
    dense: Sequence[Outcome],
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Outcome]:
    found: dict[int, Outcome] = {}
    for members in grouped([pruning_pace(job) for job in jobs]):
        some, before = [jobs[i] for i in members], [dense[i] for i in members]
        some_logs = [logs[i] for i in members]
        if any(outcome.interrupted for outcome in found.values()):
            outcomes = [replace(each, interrupted=True) for each in before]
        else:
            outcomes = train_pruned(some, before, progress, some_logs, nets)
        found.update(zip(members, outcomes, strict=True))
    return [found[i] for i in range(len(jobs))]


def _cached(
    jobs: Sequence[Job],
    memory: Memory,
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Outcome]:
    audience = jobs[0].audience
    sources = sources_of(None if audience is None else audience.callbacks)
    if sources is None:
        return train_dense(jobs, progress, logs, nets)
    cached = memory.cache(_train_dense, ignore=["progress", "logs", "nets"])
    return cached(jobs, sources, progress, logs, nets)


def _train_dense(
    jobs: Sequence[Job],
    sources: tuple[str, ...],
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Outcome]:
    # The callbacks' sources are part of the key in the cache, and of nothing else.
    return train_dense(jobs, progress, logs, nets)


def train_dense(
    jobs: Sequence[Job],
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Outcome]:
    """Train all weights of one network, or of several that keep in step.

    No part of the result depends on who is told, unless that cuts the phase short.

    Parameters
    ----------
    jobs : sequence of Job
    progress, logs
        Who is told.
    nets : list of PruningNet
        Takes in the networks that callbacks have come to know; none if what the phase
        comes to has been cached.

    Raises
    ------
    CutShort
        If the user interrupts, or who is told wants no more; it carries the result.
    """
    told = Witness(progress)
    phases = [
        dense_phase(job, rehearsed(job, told, log))
        for job, log in zip(jobs, logs, strict=True)
    ]
    interrupted = run(phases, told, logs)
    outcomes = [phase.outcome(interrupted=interrupted) for phase in phases]
    if interrupted or told.has_stopped:
        raise CutShort(outcomes)
    if jobs[0].audience is not None:
        nets.extend(phase.net for phase in phases)
    return outcomes


def train_pruned(
    jobs: Sequence[Job],
    dense: Sequence[Outcome],
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Outcome]:
    """Prune networks that keep in step, where that is asked for.

    The one in ``nets``, if any, goes on; the others are built anew.
    """
    if any(job.prune is None for job in jobs) or any(d.interrupted for d in dense):
        return list(dense)
    if jobs[0].prune is not None and jobs[0].prune.tolerance is not None:
        return [_search(jobs[0].recovering(), dense[0], progress, logs, nets)]
    leaders, interrupted = pruned_phases(jobs, dense, progress, logs, nets)
    return [
        leader.outcome(each, interrupted=interrupted)
        for leader, each in zip(leaders, dense, strict=True)
    ]


def pruned_phases(
    jobs: Sequence[Job],
    dense: Sequence[Outcome],
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> tuple[list[PruningPhase], bool]:
    """Run the pruning phases of jobs, a race for each; return the winners.

    The flag says whether the user cut them short.
    """
    races = [
        Race([pruning_phase(entrant, each, nets) for entrant in entrants(job)])
        for job, each in zip(jobs, dense, strict=True)
    ]
    phases = [phase for race in races for phase in race.phases]
    told = [log for log, race in zip(logs, races, strict=True) for _ in race.phases]
    interrupted = run(phases, progress, told)
    for phase in phases:
        # Race and phases know each other, and a phase the rows, which would be held
        # until cycles are collected.
        phase.race = None
    return [race.leader for race in races], interrupted


def _search(
    job: Job,
    dense: Outcome,
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> Outcome:
    """Go down the levels within the tolerance, then recover at the last good one."""
    assert job.prune is not None
    levels = search_phase(job, dense, nets)
    interrupted = run([levels], progress, logs)
    n_ramp, n_epochs = pruning_epochs(job.prune, levels.batches.n_batches)
    n_left = n_epochs - (n_ramp if job.prune.prune_iter is None else levels.done)
    if interrupted or levels.passed is None or n_left == 0:
        return levels.outcome(dense, interrupted=interrupted)
    last = RecoveryPhase(
        levels.pruner, levels.plan, levels.valid, n_left, levels.passed
    )
    interrupted = run([last], progress, logs)
    outcome = last.outcome(dense, interrupted=interrupted)
    return replace(outcome, history=levels.complete_epochs())
