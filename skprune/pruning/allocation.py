"""Scores and an amount, turned into which units stay.

Laws: exactly the asked number of units goes unless a floor forbids it, also
under ties, which go by index (the later unit goes first); no group is left with
fewer units than its floor; a unit gone before stays gone.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

Keep = list[Tensor]
"""For each group of units a boolean tensor (n_units,), True where one stays."""


def layer_floor(n_units: int, share: float) -> int:
    """Return how many units a group of ``n_units`` keeps, whatever is asked."""
    return min(n_units, max(1, round(n_units * share)))


def keep_best(
    scores: Sequence[Tensor],
    n_remove: int,
    floors: Sequence[int],
    gone: Sequence[Tensor] | None = None,
    safe: Sequence[Tensor] | None = None,
) -> Keep:
    """Rank all groups together and remove the ``n_remove`` lowest scores.

    Parameters
    ----------
    scores : sequence of Tensor of shape (n_units,)
        One a group; high means keep.
    n_remove : int
        How many units go over all groups, those gone before included.
    floors : sequence of int
        The number of units that each group keeps at least.
    gone : sequence of boolean Tensor of shape (n_units,), optional
        Units removed before; these go first.
    safe : sequence of boolean Tensor of shape (n_units,), optional
        Units that stay whatever their score.

    Returns
    -------
    keep : list of boolean Tensor of shape (n_units,)
        Exactly ``n_remove`` entries are False, or as many as the floors and the
        safe units allow.
    """
    sizes = [len(score) for score in scores]
    ranks = torch.cat([score.detach().double().cpu() for score in scores])
    if gone is not None:
        ranks = ranks.masked_fill(torch.cat(list(gone)), -torch.inf)
    if safe is not None:
        ranks = ranks.masked_fill(torch.cat(list(safe)), torch.inf)
    keep = _remove_lowest(ranks, n_remove).split(sizes)
    if all(int(k.sum()) >= floor for k, floor in zip(keep, floors, strict=True)):
        return list(keep)
    tops = [_top(r, f) for r, f in zip(ranks.split(sizes), floors, strict=True)]
    ranks = ranks.masked_fill(torch.cat(tops), torch.inf)
    return list(_remove_lowest(ranks, n_remove).split(sizes))


def _remove_lowest(ranks: Tensor, n_remove: int) -> Tensor:
    n_remove = min(n_remove, int((ranks < torch.inf).sum()))
    keep = torch.ones(len(ranks), dtype=torch.bool)
    keep[_ascending(ranks)[:n_remove]] = False
    return keep


def keep_best_by_layer(
    scores: Sequence[Tensor],
    n_remove: Sequence[int],
    floors: Sequence[int],
    gone: Sequence[Tensor] | None = None,
    safe: Sequence[Tensor] | None = None,
) -> Keep:
    """Remove the lowest scores within each group; see :func:`keep_best`."""
    return [
        keep_best(
            [scores[i]],
            n_remove[i],
            [floors[i]],
            None if gone is None else [gone[i]],
            None if safe is None else [safe[i]],
        )[0]
        for i in range(len(scores))
    ]


def _top(score: Tensor, n: int) -> Tensor:
    top = torch.zeros(len(score), dtype=torch.bool)
    top[_ascending(score).flip(0)[:n]] = True
    return top


def _ascending(score: Tensor) -> Tensor:
    # A stable sort of the reversed scores: among equals the highest index is first.
    order = torch.argsort(score.flip(0), stable=True)
    return len(score) - 1 - order
