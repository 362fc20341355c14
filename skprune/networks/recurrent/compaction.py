"""From a masked recurrent network to a smaller plain one with the same outputs.

Two kinds of cell go, and what they leave behind is exact:

- a cell whose candidate reads nothing, biases included, is *silent*: it adds
  ``tanh(0) = 0`` to a memory that starts at 0, so its output is 0 at every step,
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

from skprune.inference.cell_stack import N_MAPS
from skprune.networks.mlp.compaction import WeightAndBias, compact_stack
from skprune.networks.module import TORCH_ACTIVATIONS
from skprune.networks.recurrent.layer import Weights, rows_of, weights
from skprune.networks.recurrent.module import CANDIDATE, RecurrentNetwork

Array = NDArray[Any]


class Maps(NamedTuple):
    """One recurrent layer, as the four maps of each of its cells.

    Attributes
    ----------
    ih : Tensor of shape (4 * n_cells, n_inputs)
    hh : Tensor of shape (4 * n_cells, n_cells)
    bias : Tensor of shape (4 * n_cells,)
    """

    ih: Tensor
    hh: Tensor
    bias: Tensor

    def take(self, cells: Tensor, inputs: Tensor) -> "Maps":
        """Return the layer of these cells, reading these inputs."""
        ih, hh, bias = (_by_map(part)[:, cells].flatten(0, 1) for part in self)
        return Maps(ih[:, inputs], hh[:, cells], bias)

    @property
    def arrays(self) -> tuple[Array, Array]:
        """Weights side by side, (4 * n_cells, n_inputs + n_cells), and the bias."""
        both = np.hstack([self.ih.numpy(), self.hh.numpy()])
        return both, self.bias.numpy()

    def to(self, dtype: torch.dtype) -> "Maps":
        """Return the layer in another precision."""
        return Maps(*(part.to(dtype) for part in self))


class CompactNetwork(NamedTuple):
    """A network with nothing removable left; each layer keeps at least one cell.

    Attributes
    ----------
    layers : list of Maps
    head : list of (weight, bias)
    steps : Tensor of int64 of shape (n_steps,)
        The time steps read, ascending.
    factors : Tensor of shape (n_steps,)
        What each step's values are multiplied by.
    channels : Tensor of int64 of shape (n_channels,)
        The channels read, ascending.
    cells : list of Tensor of int64
        For each recurrent layer the cells that stay, ascending.
    units : list of Tensor of int64
        For each hidden layer of the head the units that stay, ascending.
    """

    layers: list[Maps]
    head: list[WeightAndBias]
    steps: Tensor
    factors: Tensor
    channels: Tensor
    cells: list[Tensor]
    units: list[Tensor]


def compact_recurrent(module: RecurrentNetwork) -> CompactNetwork:
    """Remove what a recurrent network does not need."""
    dtype = module.linears[0].weight.dtype
    layers = [_maps(module, weights(layer)) for layer in module.recurrent]
    head = [(x.weight.detach().double(), x.bias.detach()) for x in module.linears]
    head[0] = (_without_silent(module, layers, head[0][0]), head[0][1])
    stack = compact_stack(head, TORCH_ACTIVATIONS[module.activation])
    read = torch.zeros(head[0][0].shape[1], dtype=torch.bool)
    read[stack.columns] = True
    cells = _reaching(layers, read)
    channels = _some(_by_map(layers[0].ih)[:, cells[0]].ne(0))
    inputs = [channels, *cells[:-1]]
    kept = [layer.take(*at) for layer, *at in zip(layers, cells, inputs, strict=True)]
    first, bias = stack.layers[0]
    # Of the last layer's cells some are read by its other cells alone.
    wide = first.new_zeros(len(first), len(read))
    wide[:, stack.columns] = first
    dense = [(wide[:, cells[-1]], bias), *stack.layers[1:]]
    steps, factors = _steps(module)
    return CompactNetwork(
        [layer.to(dtype) for layer in kept],
        [(w.to(dtype), b.to(dtype)) for w, b in dense],
        steps,
        factors,
        channels,
        cells,
        stack.units,
    )


def _maps(module: RecurrentNetwork, of_layer: Weights) -> Maps:
    """Return a layer's maps in double precision; where gates share one, biases add."""
    ih, hh, bias, other = (part.detach().double() for part in of_layer)
    n_cells, every = hh.shape[1], np.arange(hh.shape[1])
    found = Maps(*(x.new_zeros(N_MAPS * n_cells, *x.shape[1:]) for x in (ih, hh, bias)))
    of_inputs, of_state = (
        rows_of(maps, every, n_cells) for maps in (module.input_maps, module.state_maps)
    )
    found.ih[of_inputs], found.hh[of_state] = ih, hh
    found.bias[of_inputs] += bias
    found.bias[of_state] += other
    return found


def _by_map(part: Tensor) -> Tensor:
    return part.unflatten(0, (N_MAPS, -1))


def _without_silent(
    module: RecurrentNetwork, layers: list[Maps], reader: Tensor
) -> Tensor:
    """Zero all columns that read silent cells; return the head's weight likewise."""
    of_candidate = [maps[CANDIDATE] for maps in (module.input_maps, module.state_maps)]
    for i, layer in enumerate(layers):
        silent = _silent(layer, of_candidate)
        layers[i] = layer._replace(hh=layer.hh.masked_fill(silent, 0.0))
        if i + 1 < len(layers):
            above = layers[i + 1]
            layers[i + 1] = above._replace(ih=above.ih.masked_fill(silent, 0.0))
    return reader.masked_fill(silent, 0.0)


def _silent(layer: Maps, of_candidate: list[int]) -> Tensor:
    # The largest set of cells that read nothing but one another: all read silence,
    # until some cell is found that does not.
    ih, hh, bias = (_by_map(part)[of_candidate].ne(0).any(0) for part in layer)
    return ~_closure(ih.any(1) | bias, hh)


def _reaching(layers: list[Maps], read: Tensor) -> list[Tensor]:
    """Return each layer's cells that lead to an output, given the last one's read."""
    found = []
    for layer in reversed(layers):
        # links[i, j]: cell j reads the state of cell i, by any gate.
        links = _by_map(layer.hh).ne(0).any(0).T
        reaching = _closure(read, links)
        cells = _some(reaching)
        found.append(cells)
        read = _by_map(layer.ih)[:, cells].ne(0).any((0, 1))
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


def _steps(module: RecurrentNetwork) -> tuple[Tensor, Tensor]:
    if module.lags is None:
        n = module.n_timesteps
        return torch.arange(n), torch.ones(n, dtype=module.linears[0].weight.dtype)
    factors = module.lags.detach()
    steps = factors.nonzero().flatten()
    # Where no step is left the network reads the last one, as zeros.
    steps = steps if len(steps) else torch.tensor([module.n_timesteps - 1])
    return steps, factors[steps]
