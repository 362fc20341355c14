"""What criteria see of a recurrent network, against slow and plain references."""

import numpy as np
import pytest
import torch

from skprune.losses import get_loss
from skprune.networks.gru.module import GRU
from skprune.networks.lstm.module import LSTM
from skprune.networks.recurrent import gradients as unrolled
from skprune.training.batches import Batch

squared = get_loss("squared_error")
by_cell = pytest.mark.parametrize("kind", [LSTM, GRU])


def network(lag_gates, kind=LSTM):
    net = kind(6, 3, (5, 4), (3,), 2, "tanh", lag_gates=lag_gates)
    net.initialize(torch.Generator().manual_seed(0))
    if lag_gates:
        with torch.no_grad():
            net.lags[2], net.lags[3] = 0.0, 0.7
    return net


def batch(n=70):
    draws = torch.Generator().manual_seed(1)
    x, y = torch.randn(n, 18, generator=draws), torch.randn(n, 2, generator=draws)
    return Batch(x, y, torch.rand(n, generator=draws))


@by_cell
@pytest.mark.parametrize("lag_gates", [False, True])
def test_squared_gradients_are_those_of_single_rows(kind, lag_gates):
    net, rows = network(lag_gates, kind), batch()
    params = dict(net.named_parameters())
    expected = {name: torch.zeros_like(p) for name, p in params.items()}
    for i in range(len(rows.y)):
        loss = squared.mean(net(rows.x[i : i + 1]), rows.y[i : i + 1])
        grads = torch.autograd.grad(loss, list(params.values()))
        for name, grad in zip(params, grads, strict=True):
            expected[name] += rows.weight[i] / rows.weight.sum() * grad.square()
    found = net.squared_gradients(rows, squared.rows)
    assert found.keys() == expected.keys()
    for name in expected:
        torch.testing.assert_close(found[name], expected[name])


def test_of_many_rows_some_evenly_spread_are_looked_at(monkeypatch):
    monkeypatch.setattr(unrolled, "UNROLLED_ROWS", 20)
    few = unrolled.subsample(batch(70))
    assert len(few.y) == len(few.x) == len(few.weight) == 18
    assert torch.equal(few.x, batch(70).x[::4])


@by_cell
def test_taps_are_the_linear_maps(kind):
    net, rows = network(True, kind), batch()
    with torch.no_grad():
        z, taps = net.tapped(rows.x)
    torch.testing.assert_close(z, net(rows.x))
    seen = {tap.weight: tap.inputs for tap in taps}
    assert seen.keys() == set(net.weight_names())
    params = dict(net.named_parameters())
    for name, inputs in seen.items():
        assert inputs.shape[1] == params[name].shape[-1]
    # Step 2 is skipped: five steps a row are read, and none of it is step 2's.
    read = (
        rows.x.reshape(70, 6, 3)[:, [0, 1, 3, 4, 5]]
        * net.lags[[0, 1, 3, 4, 5], None].detach()
    )
    torch.testing.assert_close(seen["layers.0.weight_ih_l0"], read.reshape(-1, 3))
    np.testing.assert_array_equal(seen["layers.0.weight_hh_l0"][::5], 0)


@by_cell
def test_initial_weights_are_orthogonal_and_cells_remember(kind):
    net = network(False, kind)
    for layer in net.recurrent:
        n = layer.hidden_size
        for gate in layer.weight_hh_l0.detach().split(n):
            torch.testing.assert_close(
                gate @ gate.T, torch.eye(n), atol=1e-5, rtol=1e-5
            )
        bias = (layer.bias_ih_l0 + layer.bias_hh_l0).detach()
        assert bias.tolist() == [0.0] * n + [1.0] * n + [0.0] * (net.n_gates - 2) * n


@by_cell
def test_the_strongest_path_reaches_an_output(kind):
    net = network(False, kind)
    path = net.strongest_path()
    assert all(int(mask.sum()) == 1 for mask in path.values())
    with torch.no_grad():
        for name, p in net.named_parameters():
            if p.ndim > 1:
                p.mul_(path.get(name, torch.zeros_like(p)))
    x = batch().x
    with torch.no_grad():
        assert float(net(x).std(0).max()) > 0
