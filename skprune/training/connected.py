"""Cutting without keeping weights in vain.

A cut may leave weights between no input and no output, which use up the budget. They
go first at the next cut; the last cut, where it leaves any, is taken again in ever
smaller steps, in each of which the weights idle by then go first.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

STEP_SHARE, MAX_STEPS = 0.65, 14
"""Share of what is left to remove that a step takes, and the number of steps."""

Masks = list[Tensor]


class Cut(ABC):
    """A request to remove units, by rank, from pools that are ranked together."""

    @abstractmethod
    def take(self, counts: Sequence[int], first: Masks, safe: Masks) -> Masks:
        """Return keep-masks with ``counts`` units gone; ``first`` go, ``safe`` stay."""

    @abstractmethod
    def count(self, masks: Masks) -> list[int]:
        """Return the number of True entries in each pool."""

    @abstractmethod
    def idle(self, keep: Masks) -> Masks | None:
        """Return the units kept in vain, None where there are none."""


def keep_connected(
    cut: Cut, counts: Sequence[int], gone: Masks, *, last: bool
) -> Masks:
    """Remove units until ``counts`` are gone, with as few left idle as may be.

    Parameters
    ----------
    cut : Cut
    counts : sequence of int
        How many are to be gone, in each pool.
    gone : list of boolean Tensor
        Units gone before.
    last : bool
        Whether no further cut will clear away what is left idle.

    Returns
    -------
    keep : list of boolean Tensor
    """
    out, first = gone, _either(gone, cut.idle([~mask for mask in gone]))
    safe = [torch.zeros_like(mask) for mask in gone]
    best = cut.take(counts, first, safe)
    least = _share(cut, cut.idle(best), best)
    if least == 0.0 or not last:
        return best
    for _ in range(MAX_STEPS):
        keep = cut.take(_step(cut.count(out), counts), first, safe)
        idle, now = cut.idle(keep), [~kept for kept in keep]
        if cut.count(now) != list(counts):
            out, first = now, _either(now, idle)
            continue
        share = _share(cut, idle, keep)
        if share < least:
            best, least = keep, share
        if idle is None:
            break
        # The last to go held others up: spare them, and take the next ones.
        safe = _either(safe, [n & ~o for n, o in zip(now, first, strict=True)])
    return best


def _share(cut: Cut, idle: Masks | None, keep: Masks) -> float:
    if idle is None:
        return 0.0
    return sum(cut.count(idle)) / max(sum(cut.count(keep)), 1)


def _either(some: Masks, others: Masks | None) -> Masks:
    if others is None:
        return some
    return [a | b for a, b in zip(some, others, strict=True)]


def _step(done: Sequence[int], counts: Sequence[int]) -> list[int]:
    pairs = zip(done, counts, strict=True)
    return [d + math.ceil(STEP_SHARE * max(n - d, 0)) for d, n in pairs]
