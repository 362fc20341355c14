"""How training tells the world where it is."""

from collections.abc import Sequence
from typing import Protocol

from skprune.training.net import PruningNet


class Progress(Protocol):
    """Is told of every phase and epoch; may end a phase."""

    def begin_phase(self, name: str, n_epochs: float) -> None:
        """Take note that a phase of at most ``n_epochs`` begins."""

    def begin_epoch(self) -> None:
        """Take note that an epoch begins."""

    def end_epoch(self, nets: Sequence[PruningNet]) -> bool:
        """Take note that an epoch is over; return True to end the phase."""

    def end_phase(self) -> None:
        """Take note that the phase is over."""
