"""Cutting a network down while it trains."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from skprune.pruning.allocation import (
    keep_best,
    keep_best_by_layer,
    layer_floor,
)
from skprune.pruning.cuts import Cut, cut_without_idle
from skprune.pruning.fan_in import discounted
from skprune.pruning.units import Masks, UnitGroup, gather, scatter
from skprune.training.batches import Batches
from skprune.training.compensation import compensate
from skprune.training.evidence import Evidence
from skprune.training.job import PrunePlan
from skprune.training.net import PruningNet
from skprune.training.regrowth import WISHES, exchange

FLOOR_SHARE = 0.2
"""No layer's density falls below this share of the whole network's."""


class Pruner:
    """The masks of a network, cut by cut.

    Parameters
    ----------
    net : PruningNet
    plan : PrunePlan
    batches : Batches
        The training rows, for the criteria that look at data.
    generator : torch.Generator
        Draws samples.
    constant : mapping
        See :class:`~skprune.training.evidence.Evidence`.

    Attributes
    ----------
    groups : tuple of UnitGroup
    keep : list of boolean Tensor of shape (n_units,)
        Which units are still there.
    """

    def __init__(
        self,
        net: PruningNet,
        plan: PrunePlan,
        batches: Batches,
        generator: torch.Generator,
        constant: Mapping[str, Any],
    ):
        self.net, self.plan, self.batches = net, plan, batches
        self.generator, self.constant = generator, constant
        self.groups: tuple[UnitGroup, ...] = net.module_.unit_groups(plan.granularity)
        if plan.labels is not None:
            self.groups = tuple(group.joined(plan.labels) for group in self.groups)
        # Only their shapes are read.
        self._params = {n: p.detach() for n, p in net.module_.named_parameters()}
        self.keep = [torch.ones(g.n_units, dtype=torch.bool) for g in self.groups]

    @property
    def masks(self) -> Masks:
        """Masks over the parameters, on the CPU."""
        return self._masks(self.keep)

    def _masks(self, keep: Sequence[Tensor]) -> Masks:
        return scatter(self.groups, keep, self._params)

    @property
    def sparsity(self) -> float:
        """Share of the units that are gone."""
        n_units = sum(len(keep) for keep in self.keep)
        return 1.0 - sum(int(keep.sum()) for keep in self.keep) / n_units

    def cut(self, share: float, *, last: bool, activity: float = 0.0) -> None:
        """Remove units until ``share`` of all that are due to go are gone.

        Parameters
        ----------
        share : float
            In [0, 1].
        last : bool
            Whether the masks hold from now on.
        activity : float
            Share of the surviving units that ``regrow`` may exchange.
        """
        evidence = Evidence(self.net, self.batches, self.generator, self.constant)
        scores = [self._score(group, evidence) for group in self.groups]
        worth = self._worth(scores)
        # Very few weights may be of more use where each is ranked by itself.
        rankings = [scores] if worth is scores else [worth, scores]
        keep = self._allocate(rankings, self._removed(scores, share), last)
        if self.plan.regrow in WISHES and not last:
            wish = WISHES[self.plan.regrow](self, evidence)
            keep = exchange(self, wish, worth, keep, activity)
        self.keep = keep
        if self.plan.criterion.compensates:
            compensate(evidence, self.masks)
        self.hold()
        if self.plan.regrow == "soft" and not last:
            self.net.step_.set_mask(None)

    def hold(self) -> None:
        """Zero what is gone and keep it at zero."""
        mask = self.net.flat_.join(self.masks, 1.0)
        self.net.step_.set_mask(mask.to(self.net.flat_.grad.dtype))

    def lifelines(self) -> list[Tensor]:
        """Return, for each group, the units that have to stay.

        Those that the user wants to keep; where there are none, those on the strongest
        path to an output: as long as these stay, some input reaches some output.
        """
        lines = [torch.zeros(group.n_units, dtype=torch.bool) for group in self.groups]
        if self.plan.always:
            lines[0][list(self.plan.always)] = True
            return lines
        strongest = self.net.module_.strongest_path()
        return [
            gather(group, strongest).cpu().bool().any(1)
            if all(m.param in strongest for m in group.members)
            else line
            for group, line in zip(self.groups, lines, strict=True)
        ]

    def floors(self, n_removed: int) -> list[int]:
        """Return how many units each group keeps at least."""
        n_units = sum(g.n_units for g in self.groups)
        density = 1.0 - n_removed / n_units
        return [layer_floor(g.n_units, FLOOR_SHARE * density) for g in self.groups]

    def kept_by_group(self) -> dict[str, Any]:
        """Return each group's keep-mask, as an array."""
        pairs = zip(self.groups, self.keep, strict=True)
        return {group.name: keep.numpy() for group, keep in pairs}

    def near_floor(self) -> tuple[str, ...]:
        """Return the groups with at most a tenth more units than their floor."""
        floors = self.floors(sum(int((~k).sum()) for k in self.keep))
        return tuple(
            group.name
            for group, keep, floor in zip(self.groups, self.keep, floors, strict=True)
            if 10 * int(keep.sum()) <= 11 * floor and not bool(keep.all())
        )

    def _score(self, group: UnitGroup, evidence: Evidence) -> Tensor:
        criterion = self.plan.criterion
        scores = criterion.score(evidence.view(group, criterion))
        if scores.shape != (group.n_units,) or not bool(torch.isfinite(scores).all()):
            raise ValueError(
                f"{criterion!r} must return one finite score for each of the "
                f"{group.n_units} units of {group.name!r}; got shape "
                f"{tuple(scores.shape)}."
            )
        return scores

    def _worth(self, scores: list[Tensor]) -> list[Tensor]:
        """Return the scores, single weights' lower in neurons that read little.

        The scores themselves where units are larger, or go by what their scores are.
        """
        plan, masks = self.plan, self.masks
        if plan.granularity != "weight" or plan.threshold is not None:
            return scores
        read = self.net.module_.hidden_neurons()
        params = (group.members[0].param for group in self.groups)
        return [
            discounted(score, masks[param]) if param in read else score
            for score, param in zip(scores, params, strict=True)
        ]

    def _allocate(
        self, rankings: Sequence[list[Tensor]], counts: list[int], last: bool
    ) -> list[Tensor]:
        soft = self.plan.regrow == "soft"
        gone = [~keep & (not soft) for keep in self.keep]
        floors = self.floors(sum(counts))
        cuts = [_RankedCut(self, scores, floors) for scores in rankings]
        wanted = counts if cuts[0].by_layer else [sum(counts)]
        return cut_without_idle(cuts, wanted, gone, last=last)

    def idle(self, keep: Sequence[Tensor]) -> list[Tensor] | None:
        """Return the units kept in vain, None where there are none."""
        found = self.net.module_.idle(self._masks(keep))
        if not any(bool(entries.any()) for entries in found.values()):
            return None
        return [gather(group, found).any(1) for group in self.groups]

    def _removed(self, scores: Sequence[Tensor], share: float) -> list[int]:
        """How many units of each group are gone at ``share`` of the ramp."""
        total = round(self.plan.n_removed(torch.cat(list(scores))) * share)
        n_units = sum(len(s) for s in scores)
        exact = [total * len(s) / n_units for s in scores]
        counts = [math.floor(e) for e in exact]
        # Largest remainders, so that the groups' numbers add up to the total.
        order = sorted(range(len(exact)), key=lambda i: counts[i] - exact[i])
        for i in order[: total - sum(counts)]:
            counts[i] += 1
        return counts


class _RankedCut(Cut):
    """Removes the lowest scores, of all groups or within each."""

    def __init__(self, pruner: Pruner, scores: Sequence[Tensor], floors: list[int]):
        self.pruner, self.scores, self.floors = pruner, scores, floors
        self.by_layer = pruner.plan.scope == "layer"
        self.lifelines = pruner.lifelines()

    def take(
        self, counts: Sequence[int], first: list[Tensor], safe: list[Tensor]
    ) -> list[Tensor]:
        stay = [s | line for s, line in zip(safe, self.lifelines, strict=True)]
        if self.by_layer:
            return keep_best_by_layer(self.scores, counts, self.floors, first, stay)
        return keep_best(self.scores, counts[0], self.floors, first, stay)

    def count(self, masks: list[Tensor]) -> list[int]:
        sizes = [int(mask.sum()) for mask in masks]
        return sizes if self.by_layer else [sum(sizes)]

    def idle(self, keep: list[Tensor]) -> list[Tensor] | None:
        return self.pruner.idle(keep)
