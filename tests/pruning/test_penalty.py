"""The penalty of a step, beside its formula."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from cutting import CASES, make_pruner, perceptron
from numpy.testing import assert_allclose
from parts import MLP_KIND, DensePlan, set_penalty

PLAN = DensePlan(
    kind=MLP_KIND,
    arguments=(),
    loss=None,
    solver="adam",
    momentum=0.9,
    alpha=0.0,
    l1_ratio=0.0,
    batch_size=10,
    learning_rate="constant",
    learning_rate_init=0.1,
    max_iter=1,
    tol=0.0,
    n_iter_no_change=1,
    shuffle=False,
    seed=0,
    device="cpu",
)


def pull(net, plan, n_rows=5):
    """Return what the penalty adds to the gradient of a batch, by name."""
    set_penalty(net, plan)
    net.step_.mask = None
    net.flat_.grad.zero_()
    net.step_.adjust(n_rows)
    return {name: p.numpy() for name, p in net.flat_.split(net.flat_.grad).items()}


def keep_inputs(net, share_of_row):
    """Leave a share of each first-layer unit's inputs, and all else."""
    masks = {n: torch.ones_like(p) for n, p in net.module_.named_parameters()}
    for row, share in zip(masks["layers.0.weight"], share_of_row, strict=True):
        row[round(share * len(row)) :] = 0.0
    net.step_.set_mask(net.flat_.join(masks, 1.0))


def test_what_is_left_of_a_unit_is_held_by_the_root_of_its_inputs_share():
    net = perceptron((4, 3, 1)).net()
    shares = np.array([0.25, 1.0, 0.5])
    keep_inputs(net, shares)
    before = net.weights()
    found = pull(net, replace(PLAN, prior=0.02))
    weight = net.module_.layers[0].weight.detach().numpy()
    # A step of 5 of the 10 rows of a batch has twice the pull of a whole one.
    expected = 0.02 * 10 / 5 * np.sqrt(shares)[:, None] * weight
    assert_allclose(found["layers.0.weight"], expected)
    last = net.module_.layers[1].weight.detach().numpy()
    assert_allclose(found["layers.1.weight"], 0.02 * 2 * last)
    assert not found["layers.0.bias"].any() and not found["layers.1.bias"].any()
    assert_allclose(net.weights(), before)


def test_alpha_does_not_depend_on_what_is_left():
    net = perceptron((4, 3, 1)).net()
    keep_inputs(net, [0.25, 1.0, 0.5])
    found = pull(net, replace(PLAN, alpha=0.3, l1_ratio=0.4))
    for name in ("layers.0.weight", "layers.1.weight"):
        w = dict(net.module_.named_parameters())[name].detach().numpy()
        assert_allclose(found[name], 0.3 * (0.4 * np.sign(w) + 0.6 * w) / 5)


def test_adamw_decays_the_weights_itself():
    net = perceptron((4, 3, 1)).net()
    plan = replace(PLAN, solver="adamw", alpha=0.3, prior=0.02)
    found = pull(net, plan)
    w = net.module_.layers[0].weight.detach().numpy()
    assert_allclose(found["layers.0.weight"], 0.04 * w)
    assert not any(part.any() for part in pull(net, replace(plan, prior=0.0)).values())


def test_a_plan_without_a_penalty_leaves_none():
    net = perceptron().net()
    pull(net, replace(PLAN, alpha=0.3, l1_ratio=0.4, prior=0.02))
    assert not any(part.any() for part in pull(net, PLAN).values())


@pytest.mark.parametrize("granularity", ["weight", "unit", "feature", "lag"])
def test_recurrent_networks_are_held_too(granularity):
    pruner = make_pruner(CASES["recurrent"](), granularity)
    pruner.cut(1.0, last=True)
    masks = pruner.net.flat_.split(pruner.net.step_.mask)
    found = pull(pruner.net, replace(PLAN, prior=0.02))
    for name in pruner.net.module_.weight_names():
        mask = masks[name].numpy()
        # A factor a step is a map with one row.
        share = np.sqrt(mask.mean(-1, keepdims=True))
        w = dict(pruner.net.module_.named_parameters())[name].detach().numpy()
        assert_allclose(found[name], 0.04 * share * w)
