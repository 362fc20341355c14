"""The penalties that hold the weights while they are trained; the biases stay free.

``alpha`` is that of scikit-learn. The *prior* of the pruning phase gives each weight a
Gaussian density. What a cut leaves of a unit has to say alone what many weights said,
and a density as narrow as before would shrink a network of few weights to nothing. For
the sum of a unit's inputs to stay as wide as it was, the precision would have to fall
with the number of inputs that it still reads; it falls with the square root of that
number, or its fourth root (see ``prior.py``), which holds better where whole neurons go
and few inputs are left of many.

References
----------
R. M. Neal, "Bayesian Learning for Neural Networks", Springer, 1996, section 2.1.
"""

import torch
from torch import Tensor

from skprune.training.job import DensePlan
from skprune.training.net import PruningNet


def set_penalty(net: PruningNet, plan: DensePlan) -> None:
    """Hold the weights, from now until the next cut, as the plan asks for."""
    net.step_.l1 = net.step_.l2 = None
    if plan.alpha == plan.prior == 0.0:
        return
    weights = net.module_.weight_names()
    values = net.flat_.split(net.flat_.value.data)
    where = net.flat_.join({name: torch.ones_like(values[name]) for name in weights}, 0)
    # AdamW decays the weights itself, outside of the gradient.
    l2 = 0.0 if plan.solver == "adamw" else plan.alpha * (1.0 - plan.l1_ratio)
    l1 = plan.alpha * plan.l1_ratio
    held = l2 * where
    if plan.prior:
        # The penalty of a step is divided by its rows; the prior's is not.
        read = inputs_left(net) ** plan.read_power
        held += plan.prior * plan.batch_size * where * read
    net.step_.l1 = l1 * where if l1 else None
    net.step_.l2 = held if l2 or plan.prior else None


def inputs_left(net: PruningNet) -> Tensor:
    """Return, for each weight, the share of its unit's inputs that are still read."""
    if net.step_.mask is None:
        return torch.ones_like(net.flat_.grad)
    masks = net.flat_.split(net.step_.mask)
    shares = {
        name: masks[name].mean(-1, keepdim=True).expand_as(masks[name])
        for name in net.module_.weight_names()
    }
    return net.flat_.join(shares, 0.0)


def n_weights(net: PruningNet) -> int:
    """Return how many weights are still there."""
    names = net.module_.weight_names()
    if net.step_.mask is None:
        return sum(net.module_.get_parameter(name).numel() for name in names)
    masks = net.flat_.split(net.step_.mask)
    return sum(int(masks[name].count_nonzero()) for name in names)
