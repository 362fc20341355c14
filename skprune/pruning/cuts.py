"""Cutting a network down without keeping weights in vain.

A cut may leave *idle* weights: kept, but between no input and no output, so that they
use up the budget and do nothing. Where another cut follows, they go first in it. The
last cut, where it leaves any, is taken again in ever smaller steps, and in each step
those that are idle by then go first.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch

from skprune.pruning.allocation import Keep

STEP_SHARE, MAX_STEPS = 0.65, 14
"""Share of what is left to remove that a step takes, and the number of steps."""


class Cut(ABC):
    """Removes units by rank, from pools of units that are ranked together."""

    @abstractmethod
    def take(self, counts: Sequence[int], first: Keep, safe: Keep) -> Keep:
        """Return which units stay if ``counts`` go; ``first`` go, ``safe`` stay."""

    @abstractmethod
    def count(self, units: Keep) -> list[int]:
        """Return the number of True entries in each pool."""

    @abstractmethod
    def idle(self, keep: Keep) -> Keep | None:
        """Return the units kept in vain, None where there are none."""


def cut_without_idle(
    cuts: Sequence[Cut], counts: Sequence[int], gone: Keep, *, last: bool
) -> Keep:
    """Remove units until ``counts`` are gone, with as few left idle as may be.

    Parameters
    ----------
    cuts : sequence of Cut
        By different ranks; one after the first is asked if the first leaves some idle.
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
    cut, *others = cuts
    idle_before = cut.idle([~removed for removed in gone])
    nothing = [torch.zeros_like(removed) for removed in gone]
    keep = cut.take(counts, _union(gone, idle_before), nothing)
    if not last or _n_idle(cut, keep) == 0:
        return keep
    attempts = _attempts_in_steps(cut, counts, gone)
    # The first of equals: the plain cut, where no attempt leaves fewer idle.
    keep = min([keep, *attempts], key=lambda found: _n_idle(cut, found))
    if not others or _n_idle(cut, keep) == 0:
        return keep
    other = cut_without_idle(others, counts, gone, last=last)
    return min([keep, other], key=lambda found: _n_idle(cut, found))


def _attempts_in_steps(cut: Cut, counts: Sequence[int], gone: Keep) -> list[Keep]:
    """Return cuts with ``counts`` gone that were taken step by step.

    Each attempt after the first spares the units that went last in the one before: they
    held up others, which are idle without them.
    """
    first = _union(gone, cut.idle([~removed for removed in gone]))
    safe = [torch.zeros_like(removed) for removed in gone]
    attempts: list[Keep] = []
    for _ in range(MAX_STEPS):
        keep = cut.take(_next_counts(cut.count(gone), counts), first, safe)
        idle, now_gone = cut.idle(keep), [~kept for kept in keep]
        if cut.count(now_gone) != list(counts):
            gone, first = now_gone, _union(now_gone, idle)
            continue
        attempts.append(keep)
        if idle is None:
            break
        newly_gone = [
            now & ~before for now, before in zip(now_gone, first, strict=True)
        ]
        safe = _union(safe, newly_gone)
    return attempts


def _next_counts(done: Sequence[int], counts: Sequence[int]) -> list[int]:
    pairs = zip(done, counts, strict=True)
    return [d + math.ceil(STEP_SHARE * max(n - d, 0)) for d, n in pairs]


def _n_idle(cut: Cut, keep: Keep) -> int:
    idle = cut.idle(keep)
    return 0 if idle is None else sum(cut.count(idle))


def _union(some: Keep, others: Keep | None) -> Keep:
    if others is None:
        return some
    return [a | b for a, b in zip(some, others, strict=True)]
