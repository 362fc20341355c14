"""The compact network does what the masked one does, and holds nothing idle."""

import numpy as np
import plain
import pytest
import torch
from hypothesis import given
from networks import activations, masked
from parts import MLP, TORCH_ACTIVATIONS, compact_mlp, compact_stack
from torch import nn


def apply(stack, x, activation):
    """Evaluate the compact layers."""
    x = x[:, stack.columns]
    for i, (weight, bias) in enumerate(stack.layers):
        x = x @ weight.T + bias
        if i + 1 < len(stack.layers):
            x = TORCH_ACTIVATIONS[activation](x)
    return x


@given(masked())
def test_exact_in_double_precision(case):
    module, x = case
    found = apply(compact_mlp(module), x, module.activation)
    # Absolute for outputs of size one, relative for larger ones.
    torch.testing.assert_close(found, module(x), rtol=1e-12, atol=1e-12)


@given(masked(torch.float32))
def test_exact_in_single_precision(case):
    module, x = case
    expected = module(x)
    found = apply(compact_mlp(module), x, module.activation)
    # Sums of another order: their rounding is relative to the largest summand.
    size = max(1.0, float(expected.abs().max()))
    torch.testing.assert_close(found / size, expected / size, rtol=0, atol=1e-6)


@given(masked())
def test_nothing_removable_is_left(case):
    module, _ = case
    stack = compact_mlp(module)
    for i, (weight, _) in enumerate(stack.layers):
        is_last = i + 1 == len(stack.layers)
        assert is_last or weight.ne(0).any(1).all(), "a constant unit is left"
        assert weight.ne(0).any(0).all(), "a unit or column that nobody reads is left"


@given(masked())
def test_input_network_is_untouched(case):
    module, _ = case
    before = [p.clone() for p in module.parameters()]
    compact_mlp(module)
    assert all(map(torch.equal, before, module.parameters()))


@given(masked())
def test_columns_and_units_name_what_stays(case):
    module, _ = case
    stack = compact_mlp(module)
    kept = [stack.columns, *stack.units, torch.arange(len(stack.layers[-1][1]))]
    for i, (weight, _) in enumerate(stack.layers):
        whole = module.linears[i].weight
        assert torch.equal(weight, whole[kept[i + 1]][:, kept[i]])


def test_a_unit_that_nobody_reads_goes():
    layers = [
        (torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([0.5, 0.25])),
        (torch.tensor([[0.0, 5.0]]), torch.tensor([1.0])),
    ]
    stack = compact_stack(layers, torch.tanh)
    assert [units.tolist() for units in stack.units] == [[1]]
    found = [[part.tolist() for part in layer] for layer in stack.layers]
    assert found == [[[[3.0, 4.0]], [0.25]], [[[5.0]], [1.0]]]


@given(activations)
def test_constant_unit_is_folded_into_the_next_bias(activation):
    weights = torch.tensor([[0.0, 0.0], [1.0, 2.0]]), torch.tensor([[3.0, 4.0]])
    biases = torch.tensor([0.5, 0.25]), torch.tensor([1.0])
    layers = list(zip(weights, biases, strict=True))
    stack = compact_stack(layers, TORCH_ACTIVATIONS[activation])
    assert torch.equal(stack.units[0], torch.tensor([1]))
    folded = 1.0 + 3.0 * TORCH_ACTIVATIONS[activation](torch.tensor([0.5]))
    torch.testing.assert_close(stack.layers[1][1], folded)


@pytest.mark.parametrize("activation", sorted(TORCH_ACTIVATIONS))
def test_a_network_without_weights_is_a_constant(activation):
    module = MLP([4, 3, 3, 2], activation).double()
    with torch.no_grad():
        for layer in module.linears:
            nn.init.zeros_(layer.weight)
            nn.init.constant_(layer.bias, 0.7)
    stack = compact_mlp(module)
    assert [tuple(w.shape) for w, _ in stack.layers] == [(0, 0), (0, 0), (2, 0)]
    found = apply(stack, torch.ones(5, 4, dtype=torch.float64), activation)
    np.testing.assert_array_equal(found, np.full((5, 2), 0.7))


@given(masked())
def test_exact_in_plain_numpy(case):
    module, x = case
    stack = compact_mlp(module)
    p = {f"layers.{i}.weight": w.numpy() for i, (w, _) in enumerate(stack.layers)}
    p |= {f"layers.{i}.bias": b.numpy() for i, (_, b) in enumerate(stack.layers)}
    rows = x[:, stack.columns].numpy()
    found = plain.forward(p, rows, module.activation)[0]
    whole = {name: w.numpy() for name, w in module.named_parameters()}
    expected = plain.forward(whole, x.numpy(), module.activation)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
