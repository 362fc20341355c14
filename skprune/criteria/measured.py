"""Criteria that try the removal out, or leave the verdict to another model."""

from torch import Tensor

from skprune.criteria.base import Criterion, needed
from skprune.pruning.units import UnitView


class Error(Criterion):
    """Share in the mistakes: the error made without the unit, less that with it.

    The error is the rate of misclassified rows, or the squared error in
    regression, each row with its weight. A removal that changes no prediction
    is ranked by the change of the loss. Its cost is one forward pass over at
    most 512 rows a unit and cut. With so few rows it is level with ``random`` for
    single weights, on average over the project's benchmarks (docs/criteria.md).

    References
    ----------
    M. Mozer and P. Smolensky, "Skeletonization: a technique for trimming the
    fat from a network via relevance assessment", NeurIPS, 1988.
    """

    needs = ("weight", "ablation")

    def score(self, view: UnitView) -> Tensor:
        return needed(view.ablation, "ablation")[:, 0]


class Importance(Criterion):
    """Importance of the input columns to a forest, by permutation.

    Weights of the first layer are ranked by the importance of their column times
    their size; elsewhere in the network there are no columns, and the size alone
    decides. Made for ``granularity="feature"``.

    References
    ----------
    L. Breiman, "Random forests", Machine Learning 45, 2001.
    """

    needs = ("weight", "column")

    def score(self, view: UnitView) -> Tensor:
        column = needed(view.column, "column")
        return (view.weight.abs() * column).mean(1) + column.mean(1)
