"""A compact recurrent network over the steps and channels that it reads."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from skprune.inference.cell_stack import N_MAPS
from skprune.inference.recurrent import RecurrentPredictor
from skprune.networks.recurrent.layer import rows_of, weights
from skprune.networks.recurrent.module import RecurrentNetwork

Array = NDArray[Any]


class Arrays(NamedTuple):
    """A compact network as plain arrays.

    Attributes
    ----------
    cells : sequence of (weight, bias)
        For each recurrent layer, of shapes (4 * n_cells, n_inputs + n_cells) and
        (4 * n_cells,): input and recurrent weights side by side.
    head : sequence of (weight, bias)
    steps, channels : ndarray of int
        What is read.
    factors : ndarray of shape (n_steps,)
        What each step's values are multiplied by.
    """

    cells: Sequence[tuple[Array, Array]]
    head: Sequence[tuple[Array, Array]]
    steps: Array
    channels: Array
    factors: Array

    @classmethod
    def of_predictor(cls, predictor: RecurrentPredictor) -> "Arrays":
        """Return the arrays that a predictor stores."""
        cells, head = (
            [(layer.dense, layer.bias[:, 0]) for layer in layers]
            for layers in (predictor.cells, predictor.head)
        )
        return cls(cells, head, predictor.steps, predictor.channels, predictor.factors)


class Places(NamedTuple):
    """Where in the full network the rest of a compact one was.

    Attributes
    ----------
    cells, units : sequence of ndarray of int
        For each recurrent layer, and for each hidden layer of the head.
    """

    cells: Sequence[Array]
    units: Sequence[Array]


class OverWindows(nn.Module):
    """Picks the steps and channels that survived, then applies the network.

    Parameters
    ----------
    columns : Tensor of int64 of shape (n_steps * n_channels,)
    factors : Tensor of shape (n_steps,)
    network : nn.Module
    """

    columns: Tensor
    factors: Tensor

    def __init__(
        self,
        columns: Tensor,
        factors: Tensor,
        network: nn.Module,
    ):
        super().__init__()
        self.register_buffer("columns", columns)
        n_channels = len(columns) // len(factors)
        self.register_buffer("factors", factors.repeat_interleave(n_channels))
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Return the output before the output activation, for full-width rows."""
        read = torch.index_select(x, 1, self.columns) * self.factors
        out: Tensor = self.network(read)
        return out


def rebuild_recurrent(
    kind: type[RecurrentNetwork], arrays: Arrays, columns: Array, activation: str
) -> OverWindows:
    """Return a network with these weights over these columns of full rows."""
    network = kind(
        len(arrays.steps),
        len(arrays.channels),
        [len(bias) // N_MAPS for _, bias in arrays.cells],
        [len(bias) for _, bias in arrays.head[:-1]],
        len(arrays.head[-1][1]),
        activation,
    )
    _fill(network, arrays)
    read, factors = (torch.from_numpy(np.asarray(a)) for a in (columns, arrays.factors))
    return OverWindows(read, factors, network).eval()


def expand_recurrent(
    network: RecurrentNetwork, arrays: Arrays, places: Places
) -> Array:
    """Return all parameters of the full network, zeros where something was removed.

    Parameters
    ----------
    network : RecurrentNetwork
        Of the full size; its parameters are overwritten.
    arrays : Arrays
    places : Places

    Returns
    -------
    value : ndarray of float32 of shape (n_parameters,)
    """
    widths = [layer.hidden_size for layer in network.recurrent]
    inputs = [arrays.channels, *places.cells[:-1]]
    n_inputs = [network.n_channels, *widths[:-1]]
    cells = [
        _spread_cells(part, width, n_in, kept, read)
        for part, width, n_in, kept, read in zip(
            arrays.cells, widths, n_inputs, places.cells, inputs, strict=True
        )
    ]
    outputs = np.arange(network.linears[-1].out_features)
    kept_in = [places.cells[-1], *places.units]
    head = [
        _spread(part, layer.weight.shape, rows, columns)
        for part, layer, rows, columns in zip(
            arrays.head, network.linears, [*places.units, outputs], kept_in, strict=True
        )
    ]
    _fill(network, arrays._replace(cells=cells, head=head))
    if network.lags is not None:
        with torch.no_grad():
            network.lags.zero_()
            network.lags[torch.from_numpy(arrays.steps)] = torch.from_numpy(
                arrays.factors
            )
    parts = [p.detach().flatten() for p in network.parameters()]
    return torch.cat(parts).numpy()


@torch.no_grad()
def _fill(network: RecurrentNetwork, arrays: Arrays) -> None:
    for layer, part in zip(network.recurrent, arrays.cells, strict=True):
        ih, hh, bias_ih, bias_hh = weights(layer)
        both, bias = (torch.from_numpy(np.asarray(array)) for array in part)
        every, n_inputs = np.arange(layer.hidden_size), layer.input_size
        of_inputs, of_state = (
            rows_of(maps, every, layer.hidden_size)
            for maps in (network.input_maps, network.state_maps)
        )
        ih.copy_(both[of_inputs, :n_inputs])
        hh.copy_(both[of_state, n_inputs:])
        bias_ih.copy_(bias[of_inputs])
        # The bias of a map that reads both is with the inputs'.
        shared = torch.from_numpy(np.isin(of_state, of_inputs))
        bias_hh.copy_(bias[of_state].masked_fill(shared, 0.0))
    for linear, part in zip(network.linears, arrays.head, strict=True):
        for target, array in zip((linear.weight, linear.bias), part, strict=True):
            target.copy_(torch.from_numpy(np.asarray(array)))


def _spread(
    part: tuple[Array, Array], shape: Sequence[int], rows: Array, columns: Array
) -> tuple[Array, Array]:
    full, bias = np.zeros(shape, np.float32), np.zeros(shape[0], np.float32)
    full[np.ix_(rows, columns)] = part[0]
    bias[rows] = part[1]
    return full, bias


def _spread_cells(
    part: tuple[Array, Array], width: int, n_inputs: int, kept: Array, read: Array
) -> tuple[Array, Array]:
    columns = np.concatenate([read, n_inputs + kept])
    shape = (N_MAPS * width, n_inputs + width)
    return _spread(part, shape, rows_of(range(N_MAPS), kept, width), columns)
