"""Criteria that ask how much a layer's output changes."""

from torch import Tensor

from skprune.criteria.base import Criterion, needed
from skprune.pruning.units import UnitView


class Activation(Criterion):
    """Weight times the root mean square of its input, summed over a unit.

    See Also
    --------
    Magnitude : The weights without their inputs.
    BrainSurgeon : With the covariances of the inputs.

    References
    ----------
    M. Sun, Z. Liu, A. Bair and J. Z. Kolter, "A simple and effective pruning
    approach for large language models", ICLR, 2024.

    Examples
    --------
    >>> import torch
    >>> from skprune.criteria import Activation
    >>> from skprune.pruning.units import UnitView
    >>> weight = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    >>> view = UnitView(
    ...     weight=weight, activation=torch.tensor([[1.0, 2.0], [1.0, 2.0]])
    ... )
    >>> Activation().score(view)
    tensor([8.5440, 2.0000])
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

    See Also
    --------
    Activation : With the sizes of the inputs alone.
    Fisher : By the loss, instead of the output of a layer.

    References
    ----------
    B. Hassibi and D. Stork, "Second order derivatives for network pruning:
    optimal brain surgeon", NeurIPS, 1992.
    X. Dong, S. Chen and S. J. Pan, "Learning to prune deep neural networks via
    layer-wise optimal brain surgeon", NeurIPS, 2017.
    E. Frantar and D. Alistarh, "Optimal brain compression: a framework for accurate
    post-training quantization and pruning", NeurIPS, 2022.

    Examples
    --------
    >>> import torch
    >>> from skprune.criteria import BrainSurgeon
    >>> from skprune.pruning.units import UnitView
    >>> weight = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    >>> view = UnitView(weight=weight, curvature=torch.tensor([[1.0, 2.0], [1.0, 2.0]]))
    >>> BrainSurgeon().score(view)
    tensor([20.5000,  1.0000])
    """

    needs = ("weight", "curvature")
    compensates = True

    def score(self, view: UnitView) -> Tensor:
        curvature = needed(view.curvature, "curvature")
        return (view.weight.square() * curvature).sum(1) / 2
