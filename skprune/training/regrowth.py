"""Letting removed units come back while the ramp is on.

Each rule takes the masks after a cut and exchanges some survivors for units that
are gone, so that the number of units stays what the cut made it. A unit gone
before the cut comes back at zero; one that the same cut took keeps its weights.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from skprune.pruning.allocation import Keep, keep_best
from skprune.pruning.units import UnitGroup, gather
from skprune.training.evidence import Evidence


class Exchanging(Protocol):
    """What a rule has to know of the pruner that calls it."""

    groups: tuple[UnitGroup, ...]
    generator: torch.Generator

    def floors(self, n_removed: int) -> list[int]:
        """Return how many units each group keeps at least."""

    def lifelines(self) -> Keep:
        """Return, for each group, the units on the strongest path to an output."""


Regrowth = Callable[[Exchanging, Evidence, Sequence[Tensor], Keep, float], Keep]


def by_gradient(
    pruner: Exchanging,
    evidence: Evidence,
    scores: Sequence[Tensor],
    keep: Keep,
    activity: float,
) -> Keep:
    """Bring back the units whose weights have the largest gradient.

    References
    ----------
    U. Evci, T. Gale, J. Menick, P. S. Castro and E. Elsen, "Rigging the lottery:
    making all tickets winners", ICML, 2020.
    """
    wish = [gather(g, evidence.gradient).square().mean(1) for g in pruner.groups]
    return _exchange(pruner, scores, keep, activity, wish)


def at_random(
    pruner: Exchanging,
    evidence: Evidence,
    scores: Sequence[Tensor],
    keep: Keep,
    activity: float,
) -> Keep:
    """Bring back units drawn uniformly.

    References
    ----------
    D. C. Mocanu et al., "Scalable training of artificial neural networks with
    adaptive sparse connectivity inspired by network science", Nature
    Communications 9, 2018.
    """
    wish = [
        torch.rand(len(k), generator=pruner.generator, dtype=torch.float32)
        for k in keep
    ]
    return _exchange(pruner, scores, keep, activity, wish)


def softly(
    pruner: Exchanging,
    evidence: Evidence,
    scores: Sequence[Tensor],
    keep: Keep,
    activity: float,
) -> Keep:
    """Exchange nothing: soft masks are not held, so weights return by training.

    References
    ----------
    Y. He, G. Kang, X. Dong, Y. Fu and Y. Yang, "Soft filter pruning for
    accelerating deep convolutional neural networks", IJCAI, 2018.
    """
    return keep


def _exchange(
    pruner: Exchanging,
    scores: Sequence[Tensor],
    keep: Keep,
    activity: float,
    wish: Sequence[Tensor],
) -> Keep:
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
    waits = [w.cpu().masked_fill(k, -1.0) for w, k in zip(wish, keep, strict=True)]
    held = [k.clone() for k in fewer]
    none = [0] * len(held)
    return keep_best(waits, n_gone, none, None, held)


REGROWTH: dict[str, Regrowth] = {
    "gradient": by_gradient,
    "random": at_random,
    "soft": softly,
}
