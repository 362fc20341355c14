"""Letting removed units come back while the ramp is on.

After a cut the weakest survivors are exchanged for units that are gone, those that are
wished for most, so that the number of units stays what the cut made it. A unit gone
before the cut comes back at zero; one that the same cut took keeps its weights.

``regrow="soft"`` exchanges nothing: its masks are not held before the last cut, and
weights return by training.

References
----------
Y. He, G. Kang, X. Dong, Y. Fu and Y. Yang, "Soft filter pruning for accelerating deep
convolutional neural networks", IJCAI, 2018.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from skprune.pruning.allocation import Keep, keep_best
from skprune.pruning.units import UnitGroup, gather
from skprune.training.evidence import Evidence


class Exchanging(Protocol):
    """What has to be known of the pruner that exchanges units."""

    groups: tuple[UnitGroup, ...]
    generator: torch.Generator

    def floors(self, n_removed: int) -> list[int]:
        """Return how many units each group keeps at least."""

    def lifelines(self) -> Keep:
        """Return, for each group, the units on the strongest path to an output."""


def by_gradient(pruner: Exchanging, evidence: Evidence) -> list[Tensor]:
    """Wish for the units whose weights have the largest gradient.

    References
    ----------
    U. Evci, T. Gale, J. Menick, P. S. Castro and E. Elsen, "Rigging the lottery:
    making all tickets winners", ICML, 2020.
    """
    return [gather(g, evidence.gradient).square().mean(1) for g in pruner.groups]


def at_random(pruner: Exchanging, evidence: Evidence) -> list[Tensor]:
    """Wish for units drawn uniformly.

    References
    ----------
    D. C. Mocanu et al., "Scalable training of artificial neural networks with
    adaptive sparse connectivity inspired by network science", Nature
    Communications 9, 2018.
    """
    return [
        torch.rand(g.n_units, generator=pruner.generator, dtype=torch.float32)
        for g in pruner.groups
    ]


WISHES: dict[str, Callable[[Exchanging, Evidence], list[Tensor]]] = {
    "gradient": by_gradient,
    "random": at_random,
}


def exchange(
    pruner: Exchanging,
    wish: Sequence[Tensor],
    scores: Sequence[Tensor],
    keep: Keep,
    activity: float,
) -> Keep:
    """Return the masks with a share ``activity`` of the survivors exchanged."""
    stay = sum(int(k.sum()) for k in keep)
    n_gone = sum(int((~k).sum()) for k in keep)
    n_exchange = min(round(activity * stay), n_gone)
    if n_exchange == 0:
        return keep
    floors = pruner.floors(n_gone + n_exchange)
    fewer = keep_best(
        scores, n_gone + n_exchange, floors, [~k for k in keep], pruner.lifelines()
    )
    # Just dropped units wait for the next cut, unless there are no others.
    return keep_best(wish, n_gone, floors, keep, fewer)
