"""Compaction is exact, against torch's own masked layers run one by one."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skprune.networks.gru.module import GRU
from skprune.networks.lstm.module import LSTM
from skprune.networks.module import TORCH_ACTIVATIONS
from skprune.networks.recurrent import rebuilding
from skprune.networks.recurrent.compaction import compact_recurrent
from skprune.networks.recurrent.rebuilding import Arrays, rebuild_recurrent
from skprune.pruning.units import scatter

GRANULARITIES = ["weight", "unit", "feature", "lag"]
CELLS = [LSTM, GRU]
PLAIN = {LSTM: torch.nn.LSTM, GRU: torch.nn.GRU}

by_cell = pytest.mark.parametrize("kind", CELLS)


def network(kind, cells, dense, lag_gates, seed, *, activation="tanh"):
    net = kind(5, 3, cells, dense, 2, activation, lag_gates=lag_gates)
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
        sizes = layer.input_size, layer.hidden_size
        plain = PLAIN[type(net)](*sizes, batch_first=True)
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
    found = compact_recurrent(net)
    cells = [
        (torch.cat([ih, hh], 1).numpy(), bias.numpy()) for ih, hh, bias in found.layers
    ]
    head = [(w.numpy(), b.numpy()) for w, b in found.head]
    where = (found.steps.numpy(), found.channels.numpy(), found.factors.numpy())
    arrays = Arrays(cells, head, *where)
    columns = (found.steps[:, None] * net.n_channels + found.channels).flatten()
    module = rebuild_recurrent(type(net), arrays, columns.numpy(), net.activation)
    # Its parameters have been rounded to single precision.
    rebuilding._fill(module.double().network, arrays)
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
    kind=st.sampled_from(CELLS),
    cells=st.lists(st.integers(1, 7), min_size=1, max_size=3),
    dense=st.lists(st.integers(1, 4), max_size=2),
    granularity=st.sampled_from(GRANULARITIES),
    activation=st.sampled_from(sorted(TORCH_ACTIVATIONS)),
    share=st.sampled_from([0.0, 0.3, 0.7, 0.9, 1.0]),
    seed=st.integers(0, 2**16),
)
def test_outputs_are_those_of_the_masked_network(
    kind, cells, dense, granularity, activation, share, seed
):
    lags = granularity == "lag"
    net = network(kind, cells, dense, lags, seed, activation=activation)
    prune(net, granularity, share, seed)
    assert_same_outputs(net)


@settings(max_examples=40)
@given(
    kind=st.sampled_from(CELLS), share=st.floats(0.5, 1.0), seed=st.integers(0, 2**16)
)
def test_any_weights_may_be_gone_with_or_without_biases(kind, share, seed):
    net = network(kind, (6, 5), (3,), True, seed)
    prune(net, "weight", share, seed)
    draws = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in net.layers:
            for bias in (layer.bias_ih_l0, layer.bias_hh_l0):
                bias.mul_(torch.rand(bias.shape, generator=draws) < 0.3)
    assert_same_outputs(net)


@by_cell
@pytest.mark.parametrize("seed", range(3))
def test_removed_cells_are_gone_in_every_layer(kind, seed):
    net = network(kind, (8, 6, 7), (4,), False, seed)
    keep = prune(net, "unit", 0.6, seed)
    found = assert_same_outputs(net)
    for layer, cells, kept in zip(found.layers, found.cells, keep, strict=True):
        assert cells.tolist() == kept.nonzero().flatten().tolist()
        n_cells = int(kept.sum())
        assert layer.hh.shape == (4 * n_cells, n_cells)
    assert found.head[0][0].shape[1] == int(keep[-1].sum())


@by_cell
def test_channels_and_steps_that_are_removed_are_not_read(kind):
    net = network(kind, (4,), (), True, 0)
    with torch.no_grad():
        net.layers[0].weight_ih_l0[:, 1] = 0.0
        net.lags[torch.tensor([0, 3])] = 0.0
    found = assert_same_outputs(net)
    assert found.channels.tolist() == [0, 2]
    assert found.steps.tolist() == [1, 2, 4]


@by_cell
def test_cells_that_only_read_one_another_go(kind):
    net = network(kind, (4,), (), False, 0)
    with torch.no_grad():
        # 2 and 3 form a circle that nobody else reads.
        net.head[0].weight[:, 2:] = 0.0
        net.layers[0].weight_hh_l0.view(-1, 4, 4)[:, :2, 2:] = 0.0
    assert assert_same_outputs(net).cells[0].tolist() == [0, 1]


@by_cell
def test_cells_that_are_silent_go_in_chains(kind):
    net = network(kind, (4, 3), (), False, 0)
    layer = net.layers[0]
    with torch.no_grad():
        # The candidates of 0 and 1 read but one another; all other gates are open.
        for part in (layer.weight_ih_l0, layer.bias_ih_l0, layer.bias_hh_l0):
            part.view(net.n_gates, 4, -1)[2, :2] = 0.0
        layer.weight_hh_l0.view(-1, 4, 4)[2, :2, 2:] = 0.0
    found = assert_same_outputs(net)
    assert found.cells[0].tolist() == [2, 3]
    assert found.cells[1].tolist() == [0, 1, 2]


@by_cell
def test_cells_driven_by_their_biases_stay(kind):
    # Their output changes from step to step, though not from row to row.
    net = network(kind, (4,), (), False, 0)
    with torch.no_grad():
        net.layers[0].weight_ih_l0[:] = 0.0
    assert assert_same_outputs(net).cells[0].tolist() == [0, 1, 2, 3]


@by_cell
def test_a_network_of_which_nothing_is_left_still_answers(kind):
    net = network(kind, (4, 3), (2,), True, 0)
    with torch.no_grad():
        for p in net.parameters():
            if p.ndim > 1:
                p.zero_()
    found = assert_same_outputs(net)
    assert [len(cells) for cells in found.cells] == [1, 1]


@pytest.mark.parametrize("part", ["bias_ih_l0", "bias_hh_l0"])
def test_a_gru_that_only_a_bias_drives_stays(part):
    # Of a candidate that reads nothing each bias alone gives it a value.
    net = network(GRU, (3,), (), False, 0)
    with torch.no_grad():
        for other in net.layers[0].parameters():
            other.view(3, 3, -1)[2, 1:] = 0.0
        getattr(net.layers[0], part)[7] = 0.5
    assert assert_same_outputs(net).cells[0].tolist() == [0, 1]
