"""Cutting a network down without keeping weights in vain.

A cut may leave *idle* weights: kept, but between no input and no output, so that they
use up the budget and do nothing. Where another cut follows, they go first in it. The
last cut, where it leaves any, is taken again in ever smaller steps, and in each step
those that are idle by then go first.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from operator import itemgetter

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
    if not last:
        first = _union(gone, cuts[0].idle([~removed for removed in gone]))
        return cuts[0].take(counts, first, _none_of(gone))
    found = _least_idle(cuts[0], counts, gone)
    for cut in cuts[1:]:
        if found[0] == 0:
            break
        # The first of equals.
        found = min(found, _least_idle(cut, counts, gone), key=itemgetter(0))
    return found[1]


def _least_idle(cut: Cut, counts: Sequence[int], gone: Keep) -> tuple[int, Keep]:
    """Return how many units are left idle at the least, and by which cut."""
    first = _union(gone, cut.idle([~removed for removed in gone]))
    keep = cut.take(counts, first, _none_of(gone))
    plain = _n_units(cut, cut.idle(keep)), keep
    if plain[0] == 0:
        return plain
    # The first of equals: the plain cut, where no attempt leaves fewer idle.
    attempts = _attempts_in_steps(cut, counts, gone, first)
    return min([plain, *attempts], key=itemgetter(0))


def _attempts_in_steps(
    cut: Cut, counts: Sequence[int], gone: Keep, first: Keep
) -> list[tuple[int, Keep]]:
    """Return cuts with ``counts`` gone that were taken step by step.

    Each attempt after the first spares the units that went last in the one before: they
    held up others, which are idle without them. Beside each stands how many it leaves.
    """
    safe = _none_of(gone)
    attempts: list[tuple[int, Keep]] = []
    for _ in range(MAX_STEPS):
        keep = cut.take(_next_counts(cut.count(gone), counts), first, safe)
        idle, now_gone = cut.idle(keep), [~kept for kept in keep]
        if cut.count(now_gone) != list(counts):
            gone, first = now_gone, _union(now_gone, idle)
            continue
        attempts.append((_n_units(cut, idle), keep))
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


def _n_units(cut: Cut, units: Keep | None) -> int:
    return 0 if units is None else sum(cut.count(units))


def _none_of(units: Keep) -> Keep:
    return [torch.zeros_like(some) for some in units]


def _union(some: Keep, others: Keep | None) -> Keep:
    if others is None:
        return some
    return [a | b for a, b in zip(some, others, strict=True)]
