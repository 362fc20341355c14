"""Criteria that ask how much a layer's output changes."""

from torch import Tensor

from skprune.criteria.base import Criterion, needed
from skprune.pruning.units import UnitView


class Activation(Criterion):
    """Weight times the root mean square of its input, summed over a unit.

    References
    ----------
    M. Sun, Z. Liu, A. Bair and J. Z. Kolter, "A simple and effective pruning
    approach for large language models", ICLR, 2024.
    """

    needs = ("weight", "activation")

    def score(self, view: UnitView) -> Tensor:
        passed_on = view.weight * needed(view.activation, "activation")
        return passed_on.square().sum(1).sqrt()


class BrainSurgeon(Criterion):
    """Optimal brain surgeon, layer by layer: ``w**2 / (2 [H^-1]_qq)``.

    ``H`` is the Hessian of a layer's squared output error, its inputs' second
    moments. Weights are priced one removal after the other, and those that stay in
    the row are moved to make up for those that go. A cut costs as many updates of an
    (inputs, inputs) inverse as a layer has weights: ``benchmarks/scoring_cost.py``
    prints it.

    References
    ----------
    B. Hassibi and D. Stork, "Second order derivatives for network pruning:
    optimal brain surgeon", NeurIPS, 1992.
    X. Dong, S. Chen and S. J. Pan, "Learning to prune deep neural networks via
    layer-wise optimal brain surgeon", NeurIPS, 2017.
    E. Frantar and D. Alistarh, "Optimal brain compression: a framework for accurate
    post-training quantization and pruning", NeurIPS, 2022.
    """

    needs = ("weight", "curvature")
    compensates = True

    def score(self, view: UnitView) -> Tensor:
        curvature = needed(view.curvature, "curvature")
        return (view.weight.square() * curvature).sum(1) / 2
