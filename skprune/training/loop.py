"""The loop over epochs: of one phase, or of several that keep in step."""

import math
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Protocol

from skprune.training.lockstep import Lockstep
from skprune.training.net import PruningNet
from skprune.training.phase import Phase
from skprune.warn import warn_user

Log = Callable[[str], None]

NOT_FINITE = (
    "Training produced a loss that is not finite. Scale the inputs (for example with "
    "StandardScaler or QuantileTransformer), or lower learning_rate_init."
)


class Progress(Protocol):
    """Is told of every phase and epoch; may end a phase."""

    def begin_phase(self, name: str, n_epochs: float) -> None:
        """Take note that a phase of at most ``n_epochs`` begins."""

    def begin_epoch(self) -> None:
        """Take note that an epoch begins."""

    def end_epoch(self, nets: Sequence[PruningNet]) -> bool:
        """Take note that an epoch is over; return True to end the phase."""

    def interrupted(self, phase: Phase) -> None:
        """Take note that the user cuts the phase short; may raise."""

    def end_phase(self) -> None:
        """Take note that the phase is over."""


def run(phases: Sequence[Phase], progress: Progress, logs: Sequence[Log]) -> bool:
    """Run phases to their ends, each epoch of all of them together.

    Returns
    -------
    interrupted : bool
        Whether the user cut them short; all have been finished even so.

    Raises
    ------
    ValueError
        If a loss is no longer finite, and no other phase goes on in its place.
    """
    progress.begin_phase(phases[0].name, max(phase.n_epochs for phase in phases))
    running = [_begun(phase) for phase in phases]
    log_of = dict(zip(phases, logs, strict=True))
    lockstep = None if len(phases) == 1 else Lockstep(running)
    try:
        while running:
            progress.begin_epoch()
            began = perf_counter()
            for phase in running:
                begin_epoch(phase)
            if lockstep is None:
                losses = [running[0].net.train_epoch(running[0].batches)]
            else:
                losses = lockstep.train_epoch()
            ends = [
                end_epoch(phase, loss)
                for phase, loss in zip(running, losses, strict=True)
            ]
            for phase in running:
                log_epoch(phase, log_of[phase], perf_counter() - began)
            asked = progress.end_epoch([phase.net for phase in phases])
            left = [
                phase
                for phase, end in zip(running, ends, strict=True)
                if not is_over(phase, end or asked) or _finished(phase)
            ]
            if len(left) < len(running):
                running = left
                lockstep = Lockstep(left) if left and lockstep else None
    except KeyboardInterrupt:
        progress.interrupted(running[0])
        return True
    finally:
        for phase in running:
            _finished(phase)
        progress.end_phase()
    return False


def _begun(phase: Phase) -> Phase:
    phase.net.begin_training(phase.batches.rows)
    phase.first = len(phase.net.history)
    return phase


def _finished(phase: Phase) -> bool:
    """Finish a phase; return False, as it runs no longer."""
    phase.finish()
    phase.net.end_training()
    return False


def begin_epoch(phase: Phase) -> None:
    """Prepare a phase's next epoch, and open it."""
    phase.begin_epoch()
    phase.net.begin_epoch(phase.batches, phase.valid)


def end_epoch(phase: Phase, loss: float) -> bool:
    """Judge an epoch whose steps were taken; return whether the phase is to end."""
    if not math.isfinite(loss) and not phase.withdraws():
        raise ValueError(NOT_FINITE)
    facts = {
        "phase": phase.name,
        "sparsity": phase.sparsity(),
        "judged": phase.judges(),
        "ranked": phase.ranks(),
    }
    stop = phase.net.end_epoch(phase.batches, phase.valid, loss, facts)
    row = phase.net.history[-1]
    stop = phase.end_epoch(loss if phase.valid is None else row["valid_loss"]) or stop
    phase.done += 1
    return stop


def log_epoch(phase: Phase, log: Log, seconds: float) -> None:
    """Say what the last epoch came to; of phases in a race the leader alone does."""
    if not phase.is_behind():
        log(_line(phase, phase.net.history[-1], seconds))


def is_over(phase: Phase, stop: bool) -> bool:
    """Return whether a phase is, given that something wants it to stop."""
    over = phase.done >= phase.n_epochs or (stop and phase.may_stop())
    return over or phase.is_beaten()


def _line(phase: Phase, row: Any, seconds: float) -> str:
    # The last phase of a stream has no end.
    of = f" of {phase.n_epochs:.0f}" if math.isfinite(phase.n_epochs) else ""
    text = f"{phase.name}, epoch {phase.done}{of}: loss = {row['train_loss']:.8f}"
    if "valid_loss" in row:
        text += f", validation loss = {row['valid_loss']:.8f}"
    return f"{text}, sparsity = {row['sparsity']:.4f}, {seconds:.2f} s"


def warn_of_interrupt(phase: Phase) -> None:
    """Tell the user who pressed Ctrl-C what is left."""
    warn_user(
        f"Training interrupted by user in the {phase.name} phase, after "
        f"{phase.done} epochs: the network learnt so far is kept, "
        f"{phase.sparsity():.0%} of its units removed."
    )
