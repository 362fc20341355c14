"""Criteria that read the weights alone."""

import torch
from torch import Tensor

from skprune.criteria.base import Criterion, needed
from skprune.pruning.units import UnitView


class Magnitude(Criterion):
    """Root mean square of a unit's weights: ``|w|`` for single weights.

    See Also
    --------
    Lamp : The same sizes, made comparable between layers.
    Fisher : What the loss would rise by.

    References
    ----------
    S. Han, J. Pool, J. Tran and W. Dally, "Learning both weights and
    connections for efficient neural networks", NeurIPS, 2015.

    Examples
    --------
    >>> import torch
    >>> from skprune.criteria import Magnitude
    >>> from skprune.pruning.units import UnitView
    >>> view = UnitView(weight=torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    >>> Magnitude().score(view)
    tensor([3.5355, 0.7071])
    """

    def score(self, view: UnitView) -> Tensor:
        return view.weight.square().mean(1).sqrt()


class Lamp(Criterion):
    """Layer-adaptive magnitude: the squared norm over that of all no smaller ones.

    The scores of each group end at 1, so that no layer empties before another,
    and the shares of the layers follow from how uneven their weights are.

    See Also
    --------
    Magnitude : The sizes alone.

    References
    ----------
    J. Lee, S. Park, S. Mo, S. Ahn and J. Shin, "Layer-adaptive sparsity for the
    magnitude-based pruning", ICLR, 2021.

    Examples
    --------
    >>> import torch
    >>> from skprune.criteria import Lamp
    >>> from skprune.pruning.units import UnitView
    >>> view = UnitView(weight=torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    >>> Lamp().score(view)
    tensor([1.0000, 0.0385], dtype=torch.float64)
    """

    def score(self, view: UnitView) -> Tensor:
        squared = view.weight.double().square().sum(1)
        ascending, order = torch.sort(squared, stable=True)
        # Sum over the units that are no smaller, each included in its own sum.
        tail = ascending.flip(0).cumsum(0).flip(0)
        # Equal units get an equal score: the tail of the first among them.
        first = torch.searchsorted(ascending, ascending, right=False)
        score = torch.empty_like(squared)
        score[order] = ascending / tail[first].clamp_min(torch.finfo(tail.dtype).tiny)
        return score


class Random(Criterion):
    """Uniform draws: the baseline that every other criterion has to beat.

    See Also
    --------
    Magnitude : The cheapest criterion that looks at the network.

    Examples
    --------
    >>> import torch
    >>> from skprune.criteria import Random
    >>> from skprune.pruning.units import UnitView
    >>> weight = torch.tensor([[3.0], [0.0]])
    >>> view = UnitView(weight=weight, noise=torch.tensor([[0.2], [0.7]]))
    >>> Random().score(view)
    tensor([0.2000, 0.7000])
    """

    needs = ("weight", "noise")

    def score(self, view: UnitView) -> Tensor:
        return needed(view.noise, "noise")[:, 0]
