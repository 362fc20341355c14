"""Hypothesis strategies for random perceptrons, masks and rows."""

import numpy as np
import torch
from hypothesis import strategies as st

from skprune.estimator.targets import Targets
from skprune.losses import get_loss
from skprune.networks.mlp.module import MLP
from skprune.networks.module import TORCH_ACTIVATIONS
from skprune.pruning.units import scatter

GRANULARITIES = ("weight", "unit", "feature")

activations = st.sampled_from(sorted(TORCH_ACTIVATIONS))
widths = st.lists(st.integers(1, 7), min_size=2, max_size=5)
seeds = st.integers(0, 2**31 - 1)


@st.composite
def perceptrons(draw, dtype=torch.float64):
    """Networks with weights of unit size, and rows for them."""
    units, activation, seed = draw(widths), draw(activations), draw(seeds)
    draws = torch.Generator().manual_seed(seed)
    module = MLP(units, activation).to(dtype)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(generator=draws)
    module.eval().requires_grad_(False)
    return module, torch.randn(9, units[0], generator=draws, dtype=dtype)


@st.composite
def masked(draw, dtype=torch.float64):
    """Networks some of whose units, of any granularity, are zeroed."""
    module, x = draw(perceptrons(dtype))
    for granularity in draw(st.sets(st.sampled_from(GRANULARITIES), min_size=1)):
        zero(module, granularity, draw(st.floats(0, 1)), draw(seeds))
    return module, x


def zero(module, granularity, share, seed):
    """Zero about a share of a network's units, in place; return the masks."""
    rng = np.random.default_rng(seed)
    groups = module.unit_groups(granularity)
    keep = [torch.from_numpy(rng.random(g.n_units) >= share) for g in groups]
    params = dict(module.named_parameters())
    masks = scatter(groups, keep, params)
    with torch.no_grad():
        for name, mask in masks.items():
            params[name].mul_(mask)
    return masks


def targets_of(estimator):
    """Return what a fitted estimator's targets are like."""
    name, parameters = estimator._loss_spec
    scaling = getattr(estimator, "_scaling", None)
    return Targets(get_loss(name, **parameters), estimator.n_outputs_, scaling)


def full_module(estimator):
    """Return an estimator's module as it was before pruning, no parameter drawn."""
    return estimator._kind.build(estimator._kind.arguments(estimator))


def expanded(estimator):
    """Return all its parameters after pruning, zeros where something went."""
    return estimator._expanded(targets_of(estimator))


def compacted(estimator, module, n_bits=None):
    """Return the predictor and the units kept of a masked module of its shape."""
    targets = targets_of(estimator)
    return estimator._kind.compact(
        module,
        out_activation=targets.loss.out_activation,
        into_own_units=targets.into_own_units,
        n_bits=n_bits,
    )
