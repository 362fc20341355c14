"""Criteria that try the removal out, or leave the verdict to another model."""

from torch import Tensor

from skprune.criteria.base import Criterion, needed
from skprune.pruning.units import UnitView


class Error(Criterion):
    """Share in the mistakes: the error made without the unit, less that with it.

    The error is the rate of misclassified rows, or the squared error in
    regression, each row with its weight. A removal that changes no prediction
    is ranked by the change of the loss. Its cost is one forward pass over at
    most 512 rows a unit and cut. With so few rows it is below ``random`` for
    single weights, on average over the project's benchmarks (docs/criteria.md).

    See Also
    --------
    Fisher : An estimate of what a removal costs, from one pass.

    References
    ----------
    M. Mozer and P. Smolensky, "Skeletonization: a technique for trimming the
    fat from a network via relevance assessment", NeurIPS, 1988.

    Examples
    --------
    >>> import torch
    >>> from skprune.criteria import Error
    >>> from skprune.pruning.units import UnitView
    >>> weight = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    >>> view = UnitView(weight=weight, ablation=torch.tensor([[0.02], [0.0]]))
    >>> Error().score(view)
    tensor([0.0200, 0.0000])
    """

    needs = ("weight", "ablation")

    def score(self, view: UnitView) -> Tensor:
        return needed(view.ablation, "ablation")[:, 0]


class Reach(Criterion):
    """How far an input moves the output: mean ``|(x - mean(x)) * dz/dx|`` over rows.

    The first-order change of the output if the column were set to its mean, as a share
    of that of all columns. A rare dummy with a large weight moves few rows, and columns
    on different scales compare. What makes ``granularity="feature"`` work; elsewhere in
    the network the size of the weights decides.

    See Also
    --------
    Importance : Columns by a forest, without regard to the network.

    References
    ----------
    A. Shrikumar, P. Greenside and A. Kundaje, "Learning important features
    through propagating activation differences", ICML, 2017 (gradient x input).

    Examples
    --------
    >>> import torch
    >>> from skprune.criteria import Reach
    >>> from skprune.pruning.units import UnitView
    >>> weight = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    >>> view = UnitView(weight=weight, reach=torch.tensor([[0.2, 0.4], [0.1, 0.1]]))
    >>> Reach().score(view)
    tensor([0.3000, 0.1000], dtype=torch.float64)
    """

    needs = ("weight", "reach")

    def score(self, view: UnitView) -> Tensor:
        # In double precision, in which a billionth of a size still breaks ties.
        reach = needed(view.reach, "reach").double().mean(1)
        return reach + 1e-9 * view.weight.double().square().mean(1).sqrt()


class Importance(Criterion):
    """Importance of the input columns to a forest, by permutation.

    Weights of the first layer are ranked by the importance of their column times
    their size; elsewhere in the network there are no columns, and the size alone
    decides. Made for ``granularity="feature"``.

    See Also
    --------
    Reach : Columns by what the network itself does with them.

    References
    ----------
    L. Breiman, "Random forests", Machine Learning 45, 2001.

    Examples
    --------
    >>> import torch
    >>> from skprune.criteria import Importance
    >>> from skprune.pruning.units import UnitView
    >>> weight = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    >>> view = UnitView(weight=weight, column=torch.tensor([[0.2, 0.2], [0.1, 0.1]]))
    >>> Importance().score(view)
    tensor([0.9000, 0.1500])
    """

    needs = ("weight", "column")

    def score(self, view: UnitView) -> Tensor:
        column = needed(view.column, "column")
        return (view.weight.abs() * column).mean(1) + column.mean(1)
