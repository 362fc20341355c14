"""What a compact LSTM computes, in plain NumPy, is what the masked one does."""

import numpy as np
import plain
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import zero
from numpy.testing import assert_allclose, assert_array_equal
from parts import LSTM, TORCH_ACTIVATIONS, compact_recurrent

GRANULARITIES = ["weight", "unit", "feature", "lag"]


def network(cells, dense, seed, activation="tanh", lag_gates=True):
    net = LSTM(4, 3, cells, dense, 2, activation, lag_gates=lag_gates).double()
    draws = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in net.parameters():
            p.normal_(generator=draws)
    return net.requires_grad_(False)


def parameters(found):
    """Return the compact network's parameters under the names of a whole one."""
    p = {}
    for i, layer in enumerate(found.layers):
        names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0")
        for name, part in zip(names, layer, strict=True):
            p[f"layers.{i}.{name}"] = part.numpy()
        p[f"layers.{i}.bias_hh_l0"] = np.zeros(len(layer.bias))
    for i, (weight, bias) in enumerate(found.head):
        p |= {f"head.{i}.weight": weight.numpy(), f"head.{i}.bias": bias.numpy()}
    return p


def outputs(found, x, activation):
    steps = x.reshape(len(x), 4, 3)[:, found.steps.numpy()]
    steps = steps * found.factors.numpy()[:, None]
    steps = steps[:, :, found.channels.numpy()]
    rows = steps.reshape(len(x), -1)
    return plain.forward(parameters(found), rows, activation, steps.shape[2])[0]


def whole(net, x):
    p = {name: w.numpy() for name, w in net.named_parameters()}
    if net.lags is not None and not net.lags.any():
        # Where no step is left the network reads the last one, as zeros.
        p["lags"], x = np.array([0, 0, 0, 1.0]), np.zeros_like(x)
    return plain.forward(p, x, net.activation, net.n_channels)[0]


@settings(max_examples=60)
@given(
    cells=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    dense=st.lists(st.integers(1, 4), max_size=2),
    cuts=st.lists(st.sampled_from(GRANULARITIES), min_size=1, max_size=2, unique=True),
    activation=st.sampled_from(sorted(TORCH_ACTIVATIONS)),
    share=st.sampled_from([0.0, 0.3, 0.6, 0.9, 1.0]),
    seed=st.integers(0, 2**16),
)
def test_exact_in_double_precision(cells, dense, cuts, activation, share, seed):
    net = network(cells, dense, seed, activation)
    for granularity in cuts:
        zero(net, granularity, share, seed)
    x = np.random.default_rng(seed).normal(size=(7, 12))
    found = compact_recurrent(net)
    assert_allclose(outputs(found, x, activation), whole(net, x), rtol=0, atol=1e-12)
    assert all(part.dtype == torch.float64 for part in found.layers[0])


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_nothing_removable_is_left(share):
    for seed in range(20):
        net = network((5, 4), (3,), seed)
        zero(net, "weight", share, seed)
        found = compact_recurrent(net)
        again = network([len(c) for c in found.cells], (), seed)
        assert [layer.hh.shape[1] for layer in found.layers] == [
            layer.hidden_size for layer in again.recurrent
        ]
        if len(found.channels) > 1:
            assert found.layers[0].ih.ne(0).any(0).all()
        for layer, above in zip(found.layers, found.layers[1:], strict=False):
            reads = layer.hh.ne(0).any(0) | above.ih.ne(0).any(0)
            assert len(layer.hh.T) == 1 or reads.all()


def test_silent_cells_of_the_last_layer_are_not_read():
    net = network((3,), (), 0)
    for part in net.layers[0].parameters():
        part.view(4, 3, -1)[2, 1] = 0.0
    assert compact_recurrent(net).cells[0].tolist() == [0, 2]


def test_without_lags_all_steps_are_read():
    net = network((3,), (), 0, lag_gates=False)
    found = compact_recurrent(net)
    assert found.steps.tolist() == [0, 1, 2, 3]
    assert found.factors.tolist() == [1.0] * 4
    x = np.random.default_rng(0).normal(size=(7, 12))
    assert_allclose(outputs(found, x, "tanh"), whole(net, x), rtol=0, atol=1e-12)


def test_a_network_in_single_precision_stays_so():
    net = network((3, 2), (2,), 0).float()
    before = {name: w.clone() for name, w in net.state_dict().items()}
    found = compact_recurrent(net)
    kinds = {part.dtype for layer in found.layers for part in layer}
    kinds |= {part.dtype for pair in found.head for part in pair}
    assert kinds == {torch.float32} == {found.factors.dtype}
    assert all(torch.equal(w, before[n]) for n, w in net.state_dict().items())


def test_a_layer_is_stored_side_by_side():
    net = network((2, 3), (), seed=0)
    for i, layer in enumerate(compact_recurrent(net).layers):
        weight, bias = layer.arrays
        p = {name: part.numpy() for name, part in net.recurrent[i].named_parameters()}
        n_inputs = p["weight_ih_l0"].shape[1]
        assert weight.shape == (4 * (2, 3)[i], n_inputs + (2, 3)[i])
        assert_array_equal(weight[:, :n_inputs], p["weight_ih_l0"])
        assert_array_equal(weight[:, n_inputs:], p["weight_hh_l0"])
        assert_array_equal(bias, p["bias_ih_l0"] + p["bias_hh_l0"])
