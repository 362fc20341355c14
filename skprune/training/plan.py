"""What a fit was asked to do, as plain values.

The dense phase reads :class:`DensePlan` alone: it is the key under which that
phase is cached, so nothing about the pruning belongs there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from skprune.allocation import Amount
from skprune.criteria import Criterion
from skprune.modules import LSTM, MLP, PrunableModule
from skprune.schedules import Schedule

MODULES: dict[str, Callable[..., PrunableModule]] = {
    "mlp": MLP,
    "lstm": LSTM,
}


@dataclass(frozen=True)
class Architecture:
    """A module's name in ``MODULES`` and its arguments.

    Attributes
    ----------
    kind : str
    arguments : tuple of (str, value)
    """

    kind: str
    arguments: tuple[tuple[str, Any], ...]

    def build(self) -> PrunableModule:
        """Return the module, its parameters not drawn yet."""
        return partial(MODULES[self.kind], **dict(self.arguments))()


@dataclass(frozen=True)
class DensePlan:
    """How the network is trained, before and after pruning alike.

    ``prior`` is the precision of a Gaussian prior on each weight over the number of
    rows: the penalty ``prior / 2 * w**2`` of the mean loss, beside ``alpha``'s.
    """

    architecture: Architecture
    loss: str
    quantile: float
    solver: str
    momentum: float
    alpha: float
    l1_ratio: float
    batch_size: int
    learning_rate: str
    learning_rate_init: float
    max_iter: int
    tol: float
    n_iter_no_change: float
    shuffle: bool
    seed: int
    device: str
    clip_norm: float | None = None
    prior: float = 0.0
    track_movement: bool = False


@dataclass(frozen=True)
class PrunePlan:
    """What is removed, by which rule and how fast."""

    amount: Amount
    granularity: str
    criterion: Criterion
    schedule: Schedule
    scope: str
    regrow: str | None
    prune_iter: int | None
    tolerance: float | None = None
    n_bits: int | None = None
