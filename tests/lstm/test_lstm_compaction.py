"""Compaction is exact, against torch's own masked LSTM run layer by layer."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skprune.networks.lstm.compaction import compact_lstm
from skprune.networks.lstm.module import LSTM
from skprune.networks.lstm.rebuilding import Arrays, rebuild_lstm
from skprune.networks.module import TORCH_ACTIVATIONS
from skprune.pruning.units import scatter

GRANULARITIES = ["weight", "unit", "feature", "lag"]


def network(cells, dense, lag_gates, seed, *, steps=5, channels=3, activation="tanh"):
    net = LSTM(steps, channels, cells, dense, 2, activation, lag_gates=lag_gates)
    net.double().initialize(torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for p in net.parameters():  # biases too, and factors other than one
            p.add_(torch.randn(p.shape, generator=torch.Generator().manual_seed(seed)))
    return net


def oracle(net, x):
    """Run the masked network with plain torch modules alone."""
    steps = x.reshape(len(x), net.n_timesteps, net.n_channels)
    if net.lags is not None:
        kept = [t for t in range(net.n_timesteps) if net.lags[t] != 0]
        steps = torch.stack([steps[:, t] * net.lags[t] for t in kept], 1)
    for layer in net.layers:
        plain = torch.nn.LSTM(layer.input_size, layer.hidden_size, batch_first=True)
        plain.double().load_state_dict(layer.state_dict())
        steps = plain(steps)[0]
    x = steps[:, -1]
    for layer in net.head[:-1]:
        x = TORCH_ACTIVATIONS[net.activation](layer(x))
    return net.head[-1](x)


def prune(net, granularity, share, seed):
    """Mask units at random, at least one of each group left."""
    draws = torch.Generator().manual_seed(seed)
    groups = net.unit_groups(granularity)
    keep = [torch.rand(g.n_units, generator=draws) >= share for g in groups]
    for kept in keep:
        kept[torch.randint(len(kept), (), generator=draws)] = True
    params = dict(net.named_parameters())
    with torch.no_grad():
        for name, mask in scatter(groups, keep, params).items():
            params[name].mul_(mask)
    return keep


def rebuilt(net):
    """Return the compact network as a torch module, and what compaction found."""
    found = compact_lstm(net)
    cells = [
        (torch.cat([ih, hh], 1).numpy(), bias.numpy()) for ih, hh, bias in found.layers
    ]
    head = [(w.numpy(), b.numpy()) for w, b in found.head]
    where = (found.steps.numpy(), found.channels.numpy(), found.factors.numpy())
    with torch.no_grad():
        columns = (found.steps[:, None] * net.n_channels + found.channels).flatten()
        module = rebuild_lstm(
            Arrays(cells, head, *where), columns.numpy(), net.activation
        )
        module = module.double()
        for layer, part in zip(module.network.lstms, found.layers, strict=True):
            layer.weight_ih_l0.copy_(part.ih)
            layer.weight_hh_l0.copy_(part.hh)
            layer.bias_ih_l0.copy_(part.bias)
        for layer, (weight, bias) in zip(module.network.head, found.head, strict=True):
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
        module.factors.copy_(found.factors.repeat_interleave(len(found.channels)))
    return module, found


def assert_same_outputs(net):
    x = torch.randn(
        17, 5 * 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    module, found = rebuilt(net)
    with torch.no_grad():
        expected = oracle(net, x)
        assert float((module(x) - expected).abs().max()) <= 1e-12
        assert float((net(x) - expected).abs().max()) <= 1e-12
    return found


@settings(max_examples=60)
@given(
    cells=st.lists(st.integers(1, 7), min_size=1, max_size=3),
    dense=st.lists(st.integers(1, 4), max_size=2),
    granularity=st.sampled_from(GRANULARITIES),
    activation=st.sampled_from(sorted(TORCH_ACTIVATIONS)),
    share=st.sampled_from([0.0, 0.3, 0.7, 0.9, 1.0]),
    seed=st.integers(0, 2**16),
)
def test_outputs_are_those_of_the_masked_network(
    cells, dense, granularity, activation, share, seed
):
    net = network(cells, dense, granularity == "lag", seed, activation=activation)
    prune(net, granularity, share, seed)
    assert_same_outputs(net)


@settings(max_examples=40)
@given(share=st.floats(0.5, 1.0), seed=st.integers(0, 2**16))
def test_any_weights_may_be_gone_with_or_without_biases(share, seed):
    net = network((6, 5), (3,), True, seed)
    prune(net, "weight", share, seed)
    draws = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in net.layers:
            layer.bias_hh_l0.zero_()
            layer.bias_ih_l0.mul_(
                torch.rand(layer.bias_ih_l0.shape, generator=draws) < 0.5
            )
    assert_same_outputs(net)


@pytest.mark.parametrize("seed", range(3))
def test_removed_cells_are_gone_in_every_layer(seed):
    net = network((8, 6, 7), (4,), False, seed)
    keep = prune(net, "unit", 0.6, seed)
    found = assert_same_outputs(net)
    for layer, cells, kept in zip(found.layers, found.cells, keep, strict=True):
        assert cells.tolist() == kept.nonzero().flatten().tolist()
        n_cells = int(kept.sum())
        assert layer.hh.shape == (4 * n_cells, n_cells)
    assert found.head[0][0].shape[1] == int(keep[-1].sum())


def test_channels_and_steps_that_are_removed_are_not_read():
    net = network((4,), (), True, 0)
    with torch.no_grad():
        net.layers[0].weight_ih_l0[:, 1] = 0.0
        net.lags[torch.tensor([0, 3])] = 0.0
    found = assert_same_outputs(net)
    assert found.channels.tolist() == [0, 2]
    assert found.steps.tolist() == [1, 2, 4]


def test_cells_that_only_read_one_another_go():
    net = network((4,), (), False, 0)
    with torch.no_grad():
        # 2 and 3 form a circle that nobody else reads.
        net.head[0].weight[:, 2:] = 0.0
        net.layers[0].weight_hh_l0.view(4, 4, 4)[:, :2, 2:] = 0.0
    assert assert_same_outputs(net).cells[0].tolist() == [0, 1]


def test_cells_that_are_silent_go_in_chains():
    net = network((4, 3), (), False, 0)
    layer = net.layers[0]
    with torch.no_grad():
        # The cell gates of 0 and 1 read but one another; all other gates are open.
        for part in (layer.weight_ih_l0, layer.bias_ih_l0, layer.bias_hh_l0):
            part.view(4, 4, -1)[2, :2] = 0.0
        layer.weight_hh_l0.view(4, 4, 4)[2, :2, 2:] = 0.0
    found = assert_same_outputs(net)
    assert found.cells[0].tolist() == [2, 3]
    assert found.cells[1].tolist() == [0, 1, 2]


def test_cells_driven_by_their_biases_stay():
    # Their output changes from step to step, though not from row to row.
    net = network((4,), (), False, 0)
    with torch.no_grad():
        net.layers[0].weight_ih_l0[:] = 0.0
    assert assert_same_outputs(net).cells[0].tolist() == [0, 1, 2, 3]


def test_a_network_of_which_nothing_is_left_still_answers():
    net = network((4, 3), (2,), True, 0)
    with torch.no_grad():
        for p in net.parameters():
            if p.ndim > 1:
                p.zero_()
    found = assert_same_outputs(net)
    assert [len(cells) for cells in found.cells] == [1, 1]
