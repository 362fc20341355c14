"""From a masked network to a smaller plain one with the same outputs.

A unit whose incoming weights are all zero gives a constant, ``f(b)``: it is
folded into the next layer's bias. A unit whose outgoing weights are all zero is
read by nobody: it goes. Either may make further units removable, so both rules
run until nothing changes. Input columns that nobody reads go likewise.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from skprune.networks.mlp.module import MLP
from skprune.networks.module import TORCH_ACTIVATIONS

WeightAndBias = tuple[Tensor, Tensor]
"""Of shapes (fan_out, fan_in) and (fan_out,)."""


class CompactStack(NamedTuple):
    """Layers with nothing removable left.

    Attributes
    ----------
    layers : list of (weight, bias)
        From the first to the last.
    columns : Tensor of int64 of shape (n_columns,)
        The input columns that the first layer reads, ascending.
    units : list of Tensor of int64
        For each hidden layer the units that stay, ascending.
    """

    layers: list[WeightAndBias]
    columns: Tensor
    units: list[Tensor]


def compact_stack(
    layers: Sequence[WeightAndBias], activation: Callable[[Tensor], Tensor]
) -> CompactStack:
    """Remove every dead and every constant unit of a stack of linear layers.

    Parameters
    ----------
    layers : sequence of (weight, bias)
        Zeros are removed connections. Computed in float64, returned in the
        dtype given.
    activation : callable
        Applied between the layers; may have ``f(0) != 0``.

    Returns
    -------
    CompactStack
    """
    dtype = layers[0][0].dtype
    stack = [(w.detach().double(), b.detach().double()) for w, b in layers]
    units = [torch.arange(len(b)) for _, b in stack[:-1]]
    while _fold_one_pass(stack, units, activation):
        pass
    first, bias = stack[0]
    columns = first.ne(0).any(0).nonzero().flatten()
    stack[0] = (first[:, columns], bias)
    return CompactStack([(w.to(dtype), b.to(dtype)) for w, b in stack], columns, units)


def compact_mlp(module: MLP) -> CompactStack:
    """Remove what a multi-layer perceptron does not need."""
    layers = [(layer.weight, layer.bias) for layer in module.linears]
    return compact_stack(layers, TORCH_ACTIVATIONS[module.activation])


def _fold_one_pass(
    stack: list[WeightAndBias],
    units: list[Tensor],
    activation: Callable[[Tensor], Tensor],
) -> bool:
    changed = False
    for i in range(len(stack) - 1):
        (w, b), (w_next, b_next) = stack[i], stack[i + 1]
        constant = ~w.ne(0).any(1)
        stay = ~constant & w_next.ne(0).any(0)
        if bool(stay.all()):
            continue
        folded = w_next[:, constant] @ activation(b[constant])
        stack[i] = (w[stay], b[stay])
        stack[i + 1] = (w_next[:, stay], b_next + folded)
        units[i] = units[i][stay]
        changed = True
    return changed
