"""No budget is kept in vain, no network is cut off from its inputs."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from networks import perceptrons
from sklearn.datasets import make_classification, make_regression

from skprune import PrunedMLPClassifier, PrunedMLPRegressor
from skprune.networks.mlp.compaction import compact_mlp
from skprune.networks.paths import on_a_path, strongest_path

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def random_masks(module, share, seed):
    draws = torch.Generator().manual_seed(seed)
    return [
        torch.rand(layer.weight.shape, generator=draws) < share
        for layer in module.linears
    ]


@given(perceptrons(), st.floats(0, 1), st.integers(0, 1000))
def test_compaction_keeps_the_weights_on_a_path(network, share, seed):
    module, _ = network
    masks = random_masks(module, share, seed)
    with torch.no_grad():
        for layer, mask in zip(module.linears, masks, strict=True):
            layer.weight.mul_(mask)
    left = sum(int(weight.count_nonzero()) for weight, _ in compact_mlp(module).layers)
    assert left == sum(int(live.sum()) for live in on_a_path(masks))


def test_on_a_path_by_hand():
    # Input 0 feeds unit 0, which no output reads; unit 1 is read but fed by none.
    first = torch.tensor([[True, False], [False, False], [False, True]])
    second = torch.tensor([[False, True, True]])
    live = on_a_path([first, second])
    assert live[0].tolist() == [[False, False], [False, False], [False, True]]
    assert live[1].tolist() == [[False, False, True]]


@given(perceptrons())
def test_strongest_path_is_one_path(network):
    module, _ = network
    path = strongest_path([layer.weight for layer in module.linears])
    assert all(int(mask.sum()) == 1 for mask in path)
    for here, there in zip(path, path[1:], strict=False):
        assert int(here.any(1).int().argmax()) == int(there.any(0).int().argmax())


@pytest.mark.parametrize("criterion", ["magnitude", "lamp", "random"])
@pytest.mark.parametrize("sparsity", [0.9, 0.99])
@pytest.mark.parametrize("schedule", ["cubic", "one_shot", "iterative", "lottery"])
def test_weights_kept_are_used(criterion, sparsity, schedule):
    X, y = make_classification(300, 20, random_state=0)
    model = PrunedMLPClassifier(
        (32, 16),
        sparsity=sparsity,
        criterion=criterion,
        schedule=schedule,
        max_iter=5,
        prune_iter=8,
        random_state=0,
    ).fit(X, y)
    kept = sum(int(mask.sum()) for mask in model.masks_.values())
    assert kept == round((20 * 32 + 32 * 16 + 16) * (1 - sparsity))
    # The last units to go may leave some others without use, but not many.
    assert model.n_nonzero_ >= 0.7 * kept


@pytest.mark.parametrize("scope", ["global", "layer"])
@pytest.mark.parametrize("criterion", ["magnitude", "random", "gradient"])
def test_the_output_never_becomes_constant(criterion, scope):
    X, y = make_regression(300, 30, n_informative=3, random_state=0)
    model = PrunedMLPRegressor(
        (16, 16),
        n_keep=3,
        criterion=criterion,
        scope=scope,
        max_iter=5,
        prune_iter=10,
        random_state=0,
    ).fit(X, y)
    assert model.module_.columns.numel() >= 1
    assert np.ptp(model.predict(X)) > 0
    assert not model.pruning_report_.warnings


def test_the_prior_vanishes_where_rows_are_many():
    # The pruning phase's penalty is 1 / n: the same rows ten times weigh ten times.
    from skprune.losses import get_loss
    from skprune.networks.mlp.kind import MLP_KIND
    from skprune.training.factory import PRUNE, make_net
    from skprune.training.job import DensePlan

    shape = (("layer_units", (2, 3, 1)), ("activation", "relu"))
    plan = DensePlan(
        MLP_KIND, shape, get_loss("binary"), "adam", 0.9, 0.1, 0.0, 20, "constant",
        1e-3, 1, 0.0, 1, True, 0, "cpu", prior=0.01,
    )  # fmt: skip
    l2 = make_net(plan, None, PRUNE).step_.l2
    # alpha + prior * batch on weights, nothing on biases.
    assert sorted(set(l2.tolist())) == pytest.approx([0.0, 0.1 + 0.01 * 20])
