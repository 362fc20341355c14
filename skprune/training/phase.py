"""What a phase of training is: some epochs, and what begins and ends each."""

import math
from collections.abc import Mapping
from typing import Any

from skprune.training.batches import Batches
from skprune.training.control import BestEpoch
from skprune.training.job import DensePlan
from skprune.training.net import PruningNet


class Phase:
    """One phase's epochs, over some rows; the base is a phase that only counts.

    Attributes
    ----------
    name : str
    net : PruningNet
    plan : DensePlan
    batches : Batches
        The training rows.
    valid : Batches or None
        Those that judge.
    n_epochs : float
        At most.
    done : int
        Epochs run so far.
    first : int
        Epochs in the network's history that were before the phase.
    error : float
        What the last epoch's loss was that says how much noise there is.
    best : BestEpoch or None
        The epoch that is to stay; None for the last one, whatever its loss.
    """

    name = "phase"
    best: BestEpoch | None = None

    def __init__(
        self,
        net: PruningNet,
        plan: DensePlan,
        batches: Batches,
        valid: Batches | None,
        n_epochs: float,
    ):
        self.net, self.plan = net, plan
        self.batches, self.valid = batches, valid
        self.n_epochs, self.done, self.first = n_epochs, 0, 0
        self.error = math.inf

    def begin_epoch(self) -> None:
        """Prepare the network for the next epoch."""

    def end_epoch(self, loss: float) -> bool:
        """Take the loss that judges the epoch; return True where it has converged."""
        return False

    def may_stop(self) -> bool:
        """Return whether the phase may end before its last epoch."""
        return True

    def judges(self) -> bool:
        """Return whether the present epoch's network may be the one that stays."""
        return True

    def ranks(self) -> bool:
        """Return whether the loss says which epoch stays; else it is the last one."""
        return self.best is not None and self.best.ranks

    def is_beaten(self) -> bool:
        """Return whether another phase goes on in place of this one."""
        return False

    def is_behind(self) -> bool:
        """Return whether another phase speaks for this one, as it is the better."""
        return False

    def withdraws(self) -> bool:
        """Return whether the phase, having diverged, leaves the field to another."""
        return False

    def sparsity(self) -> float:
        """Share of the units that are gone."""
        return 0.0

    def finish(self) -> None:
        """Leave the network as the phase wants it left."""

    def scale_rate(self, share: float) -> None:
        """Let training go on at ``share`` of the learning rate that it has."""
        for group in self.net.optimizer_.param_groups:
            group["lr"] *= share

    def position(self) -> dict[str, Any]:
        """Return how far the phase is, in a few plain numbers."""
        return {"done": self.done}

    def go_on(self, position: Mapping[str, Any]) -> None:
        """Take up the position of another phase of the kind."""
        self.done = position["done"]

    def complete_epochs(self) -> list[dict[str, Any]]:
        """Return the phase's history without an epoch that was interrupted."""
        return [row for row in self.net.history[self.first :] if "sparsity" in row]


def settle(net: PruningNet, best: BestEpoch) -> None:
    """Return to the best epoch, if there is one, and to the final bits."""
    if best.value is not None:
        net.flat_.value.data.copy_(best.value)
    if net.n_bits_ is not None:
        net.round_weights()
