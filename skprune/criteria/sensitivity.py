"""Criteria that read gradients: by how much the loss would rise."""

from torch import Tensor

from skprune.criteria.base import Criterion, needed
from skprune.pruning.units import UnitView


class Gradient(Criterion):
    """First-order Taylor term of the loss, ``|sum of w * g|`` over a unit.

    At a minimum of the training loss the gradient vanishes and with it the
    order of the scores; prefer ``fisher`` after a long dense phase.

    See Also
    --------
    Fisher : The term of second order.
    Movement : The same product, summed over training.

    References
    ----------
    P. Molchanov, A. Mallya, S. Tyree, I. Frosio and J. Kautz, "Importance
    estimation for neural network pruning", CVPR, 2019.

    Examples
    --------
    >>> import torch
    >>> from skprune.criteria import Gradient
    >>> from skprune.pruning.units import UnitView
    >>> weight = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    >>> view = UnitView(weight=weight, grad=torch.tensor([[0.5, -0.5], [1.0, 1.0]]))
    >>> Gradient().score(view)
    tensor([0.5000, 1.0000])
    """

    needs = ("weight", "grad")

    def score(self, view: UnitView) -> Tensor:
        return (view.weight * needed(view.grad, "grad")).sum(1).abs()


class Snip(Criterion):
    """Connection sensitivity ``|w * g|`` of the untrained network.

    Decided before training: on average level with ``random`` in the project's
    benchmarks (docs/criteria.md), and below it where positives are rare.

    See Also
    --------
    Gradient : The same product of the trained network.

    References
    ----------
    N. Lee, T. Ajanthan and P. Torr, "SNIP: single-shot network pruning based on
    connection sensitivity", ICLR, 2019.

    Examples
    --------
    >>> import torch
    >>> from skprune.criteria import Snip
    >>> from skprune.pruning.units import UnitView
    >>> weight = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    >>> view = UnitView(weight=weight, initial=torch.tensor([[0.5, 0.5], [1.0, 1.0]]))
    >>> Snip().score(view)
    tensor([1., 2.])
    """

    needs = ("weight", "initial")

    def score(self, view: UnitView) -> Tensor:
        return needed(view.initial, "initial").sum(1)


class Fisher(Criterion):
    """Rise of the loss to second order, by the diagonal Fisher information.

    Removing a weight ``w`` at a maximum of the likelihood costs ``w**2 F / 2``,
    where ``F`` is the mean over the rows of the squared gradient; a unit costs
    the sum over its weights. This is the saliency of optimal brain damage with
    the empirical Fisher information in place of the Hessian's diagonal. Below
    ``random`` at 95 % where columns of noise have been overfitted, and where the
    cells or weights of a recurrent network go (docs/forecasting.md).

    See Also
    --------
    Gradient : The term of first order.
    BrainSurgeon : Interactions of the weights of a layer are taken into account.

    References
    ----------
    Y. LeCun, J. Denker and S. Solla, "Optimal brain damage", NeurIPS, 1989.
    L. Theis, I. Korshunova, A. Tejani and F. Huszar, "Faster gaze prediction
    with dense networks and Fisher pruning", arXiv:1801.05787, 2018.

    Examples
    --------
    >>> import torch
    >>> from skprune.criteria import Fisher
    >>> from skprune.pruning.units import UnitView
    >>> weight = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    >>> view = UnitView(weight=weight, grad_sq=torch.tensor([[0.5, 0.5], [1.0, 1.0]]))
    >>> Fisher().score(view)
    tensor([6.2500, 0.5000])
    """

    needs = ("weight", "grad_sq")

    def score(self, view: UnitView) -> Tensor:
        return (view.weight.square() * needed(view.grad_sq, "grad_sq")).sum(1) / 2


class Movement(Criterion):
    """How far training moved the weights away from zero, summed over its steps.

    The sum of ``-w * g``: positive where training made a weight larger.

    See Also
    --------
    Gradient : The product at the end of training.

    References
    ----------
    V. Sanh, T. Wolf and A. Rush, "Movement pruning: adaptive sparsity by
    fine-tuning", NeurIPS, 2020.

    Examples
    --------
    >>> import torch
    >>> from skprune.criteria import Movement
    >>> from skprune.pruning.units import UnitView
    >>> weight = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    >>> view = UnitView(weight=weight, movement=torch.tensor([[0.5, 0.5], [1.0, -2.0]]))
    >>> Movement().score(view)
    tensor([ 1., -1.])
    """

    needs = ("weight", "movement")

    def score(self, view: UnitView) -> Tensor:
        return needed(view.movement, "movement").sum(1)
