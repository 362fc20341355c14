"""From a masked LSTM network to a smaller plain one with the same outputs.

Two kinds of cell go, and what they leave behind is exact:

- a cell whose cell gate reads nothing, bias included, is *silent*: it adds
  ``tanh(0) = 0`` to a state that starts at 0, so its output is 0 at every step,
  whatever its other gates do;
- a cell from which no path leads to an output is *unread*. Cells of a layer may
  read one another in a circle, so this is about paths, not about zero columns.

A cell that reads no input but has biases is neither: its output changes from step
to step, equally for all rows. It stays.

The head is compacted as any stack of linear layers is. Channels that nobody reads
and time steps that are skipped go from the rows.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skprune.inference.lstm import N_GATES
from skprune.networks.lstm.module import LSTM, cell_rows, weights
from skprune.networks.mlp.compaction import WeightAndBias, compact_stack
from skprune.networks.module import TORCH_ACTIVATIONS

Array = NDArray[Any]


class Recurrent(NamedTuple):
    """One LSTM layer.

    Attributes
    ----------
    ih : Tensor of shape (4 * n_cells, n_inputs)
    hh : Tensor of shape (4 * n_cells, n_cells)
    bias : Tensor of shape (4 * n_cells,)
        The sum of torch's two.
    """

    ih: Tensor
    hh: Tensor
    bias: Tensor

    def take(self, cells: Tensor, inputs: Tensor) -> "Recurrent":
        """Return the layer of these cells, reading these inputs."""
        ih, hh, bias = (
            part.unflatten(0, (N_GATES, -1))[:, cells].flatten(0, 1) for part in self
        )
        return Recurrent(ih[:, inputs], hh[:, cells], bias)

    @property
    def arrays(self) -> tuple[Array, Array]:
        """Weights side by side, (4 * n_cells, n_inputs + n_cells), and the bias."""
        both = np.hstack([self.ih.numpy(), self.hh.numpy()])
        return both, self.bias.numpy()

    def to(self, dtype: torch.dtype) -> "Recurrent":
        """Return the layer in another precision."""
        return Recurrent(*(part.to(dtype) for part in self))


class CompactLSTM(NamedTuple):
    """A network with nothing removable left; each layer keeps at least one cell.

    Attributes
    ----------
    layers : list of Recurrent
    head : list of (weight, bias)
    steps : Tensor of int64 of shape (n_steps,)
        The time steps read, ascending.
    factors : Tensor of shape (n_steps,)
        What each step's values are multiplied by.
    channels : Tensor of int64 of shape (n_channels,)
        The channels read, ascending.
    cells : list of Tensor of int64
        For each LSTM layer the cells that stay, ascending.
    units : list of Tensor of int64
        For each hidden layer of the head the units that stay, ascending.
    """

    layers: list[Recurrent]
    head: list[WeightAndBias]
    steps: Tensor
    factors: Tensor
    channels: Tensor
    cells: list[Tensor]
    units: list[Tensor]


def compact_lstm(module: LSTM) -> CompactLSTM:
    """Remove what an LSTM network does not need."""
    dtype = module.linears[0].weight.dtype
    layers = [_double(*weights(layer)) for layer in module.lstms]
    head = [(x.weight.detach().double(), x.bias.detach()) for x in module.linears]
    head[0] = (_without_silent(layers, head[0][0]), head[0][1])
    stack = compact_stack(head, TORCH_ACTIVATIONS[module.activation])
    read = torch.zeros(head[0][0].shape[1], dtype=torch.bool)
    read[stack.columns] = True
    cells = _reaching(layers, read)
    channels = _some(layers[0].ih.unflatten(0, (N_GATES, -1))[:, cells[0]].ne(0))
    inputs = [channels, *cells[:-1]]
    kept = [layer.take(*at) for layer, *at in zip(layers, cells, inputs, strict=True)]
    first, bias = stack.layers[0]
    # Of the last layer's cells some are read by its other cells alone.
    wide = first.new_zeros(len(first), len(read))
    wide[:, stack.columns] = first
    dense = [(wide[:, cells[-1]], bias), *stack.layers[1:]]
    steps, factors = _steps(module)
    return CompactLSTM(
        [layer.to(dtype) for layer in kept],
        [(w.to(dtype), b.to(dtype)) for w, b in dense],
        steps,
        factors,
        channels,
        cells,
        stack.units,
    )


def _double(ih: Tensor, hh: Tensor, bias: Tensor, other: Tensor) -> Recurrent:
    parts = (ih.detach(), hh.detach(), bias.detach().double() + other.detach())
    return Recurrent(*parts).to(torch.float64)


def _without_silent(layers: list[Recurrent], reader: Tensor) -> Tensor:
    """Zero all columns that read silent cells; return the head's weight likewise."""
    for i, layer in enumerate(layers):
        silent = _silent(layer)
        layers[i] = layer._replace(hh=layer.hh.masked_fill(silent, 0.0))
        if i + 1 < len(layers):
            above = layers[i + 1]
            layers[i + 1] = above._replace(ih=above.ih.masked_fill(silent, 0.0))
    return reader.masked_fill(silent, 0.0)


def _silent(layer: Recurrent) -> Tensor:
    # The largest set of cells that read nothing but one another: all read silence,
    # until some cell is found that does not.
    own = cell_rows(layer.ih).ne(0).any(1) | cell_rows(layer.bias).ne(0)
    links = cell_rows(layer.hh).ne(0)
    return ~_closure(own, links)


def _reaching(layers: list[Recurrent], read: Tensor) -> list[Tensor]:
    """Return each layer's cells that lead to an output, given the last one's read."""
    found = []
    for layer in reversed(layers):
        # links[i, j]: cell j reads the state of cell i, by any gate.
        links = layer.hh.ne(0).unflatten(0, (N_GATES, -1)).any(0).T
        reaching = _closure(read, links)
        cells = _some(reaching)
        found.append(cells)
        by_gate = layer.ih.ne(0).unflatten(0, (N_GATES, -1))
        read = by_gate[:, cells].any((0, 1))
    return found[::-1]


def _closure(start: Tensor, links: Tensor) -> Tensor:
    # The smallest superset of `start` that holds i whenever links[i, j] and it holds j.
    while True:
        more = start | (links & start).any(1)
        if bool((more == start).all()):
            return start
        start = more


def _some(stays: Tensor) -> Tensor:
    # Positions along the last axis where anything stays; the first one if nothing.
    flat = stays.reshape(-1, stays.shape[-1]).any(0)
    found = flat.nonzero().flatten()
    return found if len(found) else torch.zeros(1, dtype=torch.int64)


def _steps(module: LSTM) -> tuple[Tensor, Tensor]:
    if module.lags is None:
        n = module.n_timesteps
        return torch.arange(n), torch.ones(n, dtype=module.linears[0].weight.dtype)
    factors = module.lags.detach()
    steps = factors.nonzero().flatten()
    # Where no step is left the network reads the last one, as zeros.
    steps = steps if len(steps) else torch.tensor([module.n_timesteps - 1])
    return steps, factors[steps]
