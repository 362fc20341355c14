"""A compact network over the input columns that it reads."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from skprune.networks.mlp.module import MLP


class OverColumns(nn.Module):
    """Picks the columns that survived, then applies the network to them.

    Parameters
    ----------
    columns : Tensor of int64 of shape (n_columns,)
    network : nn.Module
    """

    columns: Tensor

    def __init__(self, columns: Tensor, network: nn.Module):
        super().__init__()
        self.register_buffer("columns", columns)
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Return the output before the output activation, for full-width rows."""
        out: Tensor = self.network(torch.index_select(x, 1, self.columns))
        return out


def rebuild_mlp(
    layers: Sequence[tuple[NDArray[Any], NDArray[Any]]],
    columns: NDArray[Any],
    activation: str,
) -> OverColumns:
    """Return a perceptron with these weights over these input columns."""
    widths = [layers[0][0].shape[1], *(len(bias) for _, bias in layers)]
    network = MLP(widths, activation)
    with torch.no_grad():
        for linear, (weight, bias) in zip(network.linears, layers, strict=True):
            linear.weight.copy_(torch.from_numpy(np.asarray(weight)))
            linear.bias.copy_(torch.from_numpy(np.asarray(bias)))
    return OverColumns(torch.from_numpy(np.asarray(columns)), network).eval()


def expand_mlp(
    layers: Sequence[tuple[NDArray[Any], NDArray[Any]]],
    columns: NDArray[Any],
    units: Sequence[NDArray[Any]],
    widths: Sequence[int],
) -> NDArray[np.float32]:
    """Return all parameters of the full perceptron, zeros where something was removed.

    Parameters
    ----------
    layers : sequence of (weight, bias)
        Of the compact one.
    columns : ndarray of int
        The input columns that it reads.
    units : sequence of ndarray of int
        For each hidden layer the units that it kept.
    widths : sequence of int
        Of the full one, from the inputs to the outputs.

    Returns
    -------
    value : ndarray of shape (n_parameters,)
    """
    kept = [columns, *units, np.arange(widths[-1])]
    parts = []
    for i, (weight, bias) in enumerate(layers):
        full = np.zeros((widths[i + 1], widths[i]), np.float32)
        full[np.ix_(kept[i + 1], kept[i])] = weight
        full_bias = np.zeros(widths[i + 1], np.float32)
        full_bias[kept[i + 1]] = bias
        parts += [full.ravel(), full_bias]
    return np.concatenate(parts)
