"""Cutting without keeping weights in vain.

A cut may leave weights between no input and no output. They would use up the
budget, so a cut that does is taken again in ever smaller steps, in each of which
the weights idle by then go first.
"""

import math
from collections.abc import Callable, Sequence

from torch import Tensor

STEP_SHARE, MAX_STEPS = 0.75, 8
"""Share of what is left to remove that a step takes, and the number of steps."""

Keep = list[Tensor]
Take = Callable[[Sequence[int], Sequence[Tensor] | None], Keep]
"""(numbers to be gone, units that go first) -> keep-masks."""


def keep_connected(
    take: Take,
    counts: Sequence[int],
    gone: Sequence[Tensor] | None,
    idle_of: Callable[[Keep], Keep | None],
    count: Callable[[Sequence[Tensor]], list[int]],
) -> Keep:
    """Remove ``counts`` units, of which as few as may be leave others idle.

    Parameters
    ----------
    take : callable
        Removes the lowest scores.
    counts : sequence of int
        How many are to be gone, in each pool of units that are ranked together.
    gone : sequence of boolean Tensor or None
        Units gone before.
    idle_of : callable
        From keep-masks to the units kept in vain, None where there are none.
    count : callable
        From masks to the number of True entries in each pool.

    Returns
    -------
    keep : list of boolean Tensor
    """
    keep = take(counts, gone)
    if idle_of(keep) is None:
        return keep
    out = [~k & False for k in keep] if gone is None else list(gone)
    first = out
    for step in range(MAX_STEPS):
        last = step == MAX_STEPS - 1
        keep = take(_step(count(out), counts, 1.0 if last else STEP_SHARE), first)
        out = [~k for k in keep]
        idle = idle_of(keep)
        if count(out) == list(counts):
            break
        first = out if idle is None else [o | i for o, i in zip(out, idle, strict=True)]
    return keep


def _step(done: Sequence[int], counts: Sequence[int], share: float) -> list[int]:
    return [
        d + math.ceil(share * max(n - d, 0)) for d, n in zip(done, counts, strict=True)
    ]
