"""Stacked recurrent layers with a dense head, and their units.

Rows are flat, ``n_timesteps * n_channels`` columns with the oldest step first, as
scikit-learn has them. Each layer is one of torch's of its own, as widths differ. It has
two matrices, of its inputs and of its own last state, with a row in each for each gate
of a cell; one gate makes the *candidate*, the only one whose values have a sign.

A time step is a unit too: the parameter ``lags`` holds a factor for each step,
and a step whose factor is zero is *skipped*, as if the row were that much
shorter.
"""

import math
import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from skprune.networks.module import (
    TORCH_ACTIVATIONS,
    PrunableModule,
    SeededDropout,
    Tap,
    UndrawnLinear,
    glorot_uniform,
)
from skprune.networks.paths import strongest_path
from skprune.networks.recurrent.gradients import squared_gradients, subsample
from skprune.networks.recurrent.layer import Unrolled, weights
from skprune.pruning.units import Member, UnitGroup

KEEPING, CANDIDATE = 1, 2
"""Positions of two of the gates, in torch's order of either kind of cell: of what an
LSTM keeps of its memory, or a GRU of its state, and of what is added to it."""

EVAL_ROWS = 2048
"""Rows that run at once where no gradient is asked for: the states of all steps
are in memory together."""

TAP_POSITIONS = 50_000
"""At most so many (row, step) positions are shown to criteria."""


class RecurrentNetwork(PrunableModule):
    """Recurrent layers, then a perceptron on the last state.

    Parameters
    ----------
    n_timesteps, n_channels : int
        A row has ``n_timesteps * n_channels`` columns.
    cells : sequence of int
        Widths of the recurrent layers.
    dense : sequence of int
        Widths of the head's hidden layers.
    n_outputs : int
    activation : {'identity', 'logistic', 'tanh', 'relu'}
        Of the head's hidden layers.
    dropout : float, default=0.0
        Share of the activations between layers zeroed while training.
    lag_gates : bool, default=False
        Whether there is a factor for each time step, trained and prunable.
    order : sequence of int, optional
        Where in a row the columns of the steps are, oldest step first; by default in
        that order.

    Attributes
    ----------
    cell : str
        The kind of cells, as the estimators name it.
    layer_type : type
        Torch's layer of such cells.
    input_maps, state_maps : tuple of int
        Which of a cell's maps, as predictors number them, each gate's rows are of, in
        the matrices of the inputs and of the state.
    """

    cell: ClassVar[str]
    layer_type: ClassVar[Callable[..., nn.RNNBase]]
    input_maps: ClassVar[tuple[int, ...]]
    state_maps: ClassVar[tuple[int, ...]]
    order: Tensor | None

    @staticmethod
    @abstractmethod
    def unroll(layer: nn.RNNBase, inputs: Tensor) -> Unrolled:
        """Run a layer step by step, so that its parts have gradients."""

    def __init__(
        self,
        n_timesteps: int,
        n_channels: int,
        cells: Sequence[int],
        dense: Sequence[int],
        n_outputs: int,
        activation: str,
        dropout: float = 0.0,
        lag_gates: bool = False,
        order: Sequence[int] | None = None,
    ):
        super().__init__()
        columns = None if order is None else torch.tensor(order)
        self.register_buffer("order", columns, persistent=False)
        self.n_timesteps, self.n_channels = n_timesteps, n_channels
        self.activation = activation
        self.lags = None
        if lag_gates:
            factors = torch.empty(n_timesteps, dtype=torch.float32)
            self.lags = nn.Parameter(factors)
        self.layers = nn.ModuleList(
            self._empty_layer(a, b) for a, b in pairwise((n_channels, *cells))
        )
        self.head = nn.ModuleList(
            UndrawnLinear(a, b, dtype=torch.float32)
            for a, b in pairwise((cells[-1], *dense, n_outputs))
        )
        self.dropout = SeededDropout(dropout)

    def by_step(self, x: Tensor) -> Tensor:
        """Return the columns of rows by step: (rows, steps, channels)."""
        if self.order is not None:
            x = x.index_select(1, self.order)
        return x.reshape(len(x), self.n_timesteps, self.n_channels)

    def _empty_layer(self, n_inputs: int, n_cells: int) -> nn.RNNBase:
        """Return a layer whose parameters are not drawn yet."""
        # torch.nn.utils.skip_init wants a `device` in the signature, hidden here.
        layer = self.layer_type(
            n_inputs, n_cells, batch_first=True, device="meta", dtype=torch.float32
        )
        return layer.to_empty(device="cpu")

    @property
    def recurrent(self) -> list[nn.RNNBase]:
        """The recurrent layers, typed as what they are."""
        return [layer for layer in self.layers if isinstance(layer, nn.RNNBase)]

    @property
    def n_gates(self) -> int:
        """Rows that a cell has in each of its layer's matrices."""
        return len(self.input_maps)

    @property
    def gate_of_map(self) -> list[int]:
        """The gate that each of a cell's maps is of."""
        pairs = [*enumerate(self.input_maps), *enumerate(self.state_maps)]
        return [gate for _, gate in sorted({(place, gate) for gate, place in pairs})]

    @property
    def linears(self) -> list[nn.Linear]:
        """The head's layers, typed as what they are."""
        return [layer for layer in self.head if isinstance(layer, nn.Linear)]

    def forward(self, x: Tensor) -> Tensor:
        """Return the output before the output activation: (rows, outputs)."""
        if torch.is_grad_enabled() or len(x) <= EVAL_ROWS:
            return self._forward(x)
        return torch.cat([self._forward(part) for part in x.split(EVAL_ROWS)])

    def _forward(self, x: Tensor) -> Tensor:
        states = self.read(x)
        for layer in self.recurrent:
            states = self.dropout(run_layer(layer, states))
        return self._dense(states[:, -1])

    def _dense(self, x: Tensor) -> Tensor:
        act = TORCH_ACTIVATIONS[self.activation]
        for layer in self.linears[:-1]:
            x = self.dropout(act(layer(x)))
        out: Tensor = self.linears[-1](x)
        return out

    def read(self, x: Tensor) -> Tensor:
        """Return the steps that are read, times their factors: (rows, steps, channels).

        Where no step is left, the last one is read as zeros.
        """
        steps = self.by_step(x)
        if self.lags is None:
            return steps
        stays = self.lags.detach().ne(0)
        if not bool(stays.any()):
            return torch.zeros_like(steps[:, -1:])
        return steps[:, stays] * self.lags[stays][:, None]

    def tapped(self, x: Tensor) -> tuple[Tensor, list[Tap]]:
        """Return the output and what each linear map saw, at a sample of positions."""
        steps = self.read(x)
        taps = [] if self.lags is None else [self._lag_tap(x)]
        for i, layer in enumerate(self.recurrent):
            states = run_layer(layer, steps)
            before = torch.cat([torch.zeros_like(states[:, :1]), states[:, :-1]], 1)
            for kind, seen in (("ih", steps), ("hh", before)):
                weight, bias = (
                    f"layers.{i}.weight_{kind}_l0",
                    f"layers.{i}.bias_{kind}_l0",
                )
                taps.append(Tap(weight, bias, _positions(seen), None))
            steps = states
        return self._tapped_head(steps[:, -1], taps)

    def _lag_tap(self, x: Tensor) -> Tap:
        # What a step's factor multiplies: a channel's value at that step.
        values = self.by_step(x).transpose(1, 2).reshape(-1, self.n_timesteps)
        return Tap("lags", None, values, None)

    def _tapped_head(self, x: Tensor, taps: list[Tap]) -> tuple[Tensor, list[Tap]]:
        act = TORCH_ACTIVATIONS[self.activation]
        for i, layer in enumerate(self.linears):
            inputs = x if i == 0 else act(x)
            x = layer(inputs)
            taps.append(Tap(f"head.{i}.weight", f"head.{i}.bias", inputs, x))
        return x, taps

    def squared_gradients(self, batch: Any, row_loss: Any) -> dict[str, Tensor]:
        """Return the mean over at most 256 of the rows of the squared gradients."""
        return squared_gradients(self, subsample(batch), row_loss)

    def initialize(self, generator: torch.Generator) -> None:
        """Draw all parameters.

        Input weights after Glorot and Bengio, recurrent ones orthogonal for each
        gate, biases zero but for that of the gate that keeps, which is one: a cell
        then remembers until it learns to forget.

        References
        ----------
        A. M. Saxe, J. L. McClelland and S. Ganguli, "Exact solutions to the
        nonlinear dynamics of learning in deep linear neural networks", ICLR, 2014.
        R. Jozefowicz, W. Zaremba and I. Sutskever, "An empirical exploration of
        recurrent network architectures", ICML, 2015.
        """
        if self.lags is not None:
            nn.init.ones_(self.lags)
        for recurrent in self.recurrent:
            _initialize(recurrent, generator)
        gain = 2.0 if self.activation == "logistic" else 6.0
        for layer in self.linears:
            glorot_uniform(layer, gain, generator)

    def input_weights(self) -> tuple[str, ...]:
        """Return the first layer's input weight, and the steps' factors."""
        lags = () if self.lags is None else ("lags",)
        return (*lags, "layers.0.weight_ih_l0")

    def by_column(self, name: str, column: Tensor) -> Tensor:
        """Average the columns' values over the steps, or over the channels."""
        by_step = self.by_step(column[None])[0]
        if name == "lags":
            return by_step.mean(1)
        return by_step.mean(0).expand_as(self.get_parameter(name))

    def weight_names(self) -> tuple[str, ...]:
        """Return the parameters that are penalised and pruned: not the biases."""
        lags = () if self.lags is None else ("lags",)
        return (*lags, *super().weight_names())

    def rounded_together(self) -> tuple[tuple[str, ...], ...]:
        """Return each layer's two matrices, stored side by side, and the head's."""
        layers = (f"layers.{i}.weight" for i in range(len(self.recurrent)))
        head = ((f"head.{i}.weight",) for i in range(len(self.linears)))
        return (*((f"{name}_ih_l0", f"{name}_hh_l0") for name in layers), *head)

    def strongest_path(self) -> dict[str, Tensor]:
        """Return masks of the path, by the candidates, with the largest product.

        A cell whose candidate reads something is not constant, whatever its other
        gates read: they are open by their biases.
        """
        names = [f"layers.{i}.weight_ih_l0" for i in range(len(self.recurrent))]
        names += [f"head.{i}.weight" for i in range(len(self.linears))]
        cells = [self.candidate_rows(weights(layer).ih) for layer in self.recurrent]
        path = strongest_path([*cells, *(layer.weight for layer in self.linears)])
        masks = dict(zip(names, path, strict=True))
        for name in names[: len(cells)]:
            full = torch.zeros_like(self.get_parameter(name), dtype=torch.bool)
            self.candidate_rows(full).copy_(masks[name])
            masks[name] = full
        return masks

    def candidate_rows(self, weight: Tensor) -> Tensor:
        """Return the rows of the candidates, of a layer's matrix, as a view."""
        n_cells = len(weight) // self.n_gates
        return weight[CANDIDATE * n_cells : (CANDIDATE + 1) * n_cells]

    def unit_groups(self, granularity: str) -> tuple[UnitGroup, ...]:
        """Return the weights or the cells by layer, the channels, or the steps."""
        return _GROUPS[granularity](self)


def run_layer(layer: nn.RNNBase, steps: Tensor) -> Tensor:
    """Return the layer's states at all steps: (rows, steps, cells)."""
    with _weights_anywhere(steps):
        states: Tensor = layer(steps)[0]
    return states


@contextmanager
def _weights_anywhere(x: Tensor) -> Iterator[None]:
    # All parameters are views of one vector, of the whole network's; cuDNN copies
    # a layer's into one of its own at each call, and says so.
    if not x.is_cuda:
        yield
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*single contiguous chunk.*")
        yield


@torch.no_grad()
def _initialize(layer: nn.RNNBase, generator: torch.Generator) -> None:
    ih, hh, bias, other = weights(layer)
    n_cells = layer.hidden_size
    bound = math.sqrt(6.0 / (layer.input_size + n_cells))
    ih.uniform_(-bound, bound, generator=generator)
    for gate in hh.split(n_cells):
        nn.init.orthogonal_(gate, generator=generator)
    bias.zero_()
    other.zero_()
    bias[KEEPING * n_cells : (KEEPING + 1) * n_cells] = 1.0


def _positions(states: Tensor) -> Tensor:
    # (rows, steps, width) -> (positions, width), evenly thinned out.
    flat = states.reshape(-1, states.shape[2])
    return flat[:: -(-len(flat) // TAP_POSITIONS)]


def _weights(net: RecurrentNetwork) -> tuple[UnitGroup, ...]:
    names = [name for name in net.weight_names() if name != "lags"]
    return tuple(
        UnitGroup(
            name.removesuffix(".weight").replace(".weight_", ".").removesuffix("_l0"),
            net.get_parameter(name).numel(),
            (Member(name, None),),
        )
        for name in names
    )


def _cells(net: RecurrentNetwork) -> tuple[UnitGroup, ...]:
    # A cell is a row of each gate, its biases, and the columns that read its state:
    # the layer's own recurrent one, and the next layer's.
    readers = [f"layers.{i}.weight_ih_l0" for i in range(1, len(net.recurrent))]
    return tuple(
        UnitGroup(
            f"layers.{i}",
            layer.hidden_size,
            (
                Member(f"layers.{i}.weight_ih_l0", 0, net.n_gates),
                Member(f"layers.{i}.weight_hh_l0", 0, net.n_gates),
                Member(f"layers.{i}.bias_ih_l0", 0, net.n_gates),
                Member(f"layers.{i}.bias_hh_l0", 0, net.n_gates),
                Member(f"layers.{i}.weight_hh_l0", 1),
                Member(reader, 1),
            ),
        )
        for i, (layer, reader) in enumerate(
            zip(net.recurrent, [*readers, "head.0.weight"], strict=True)
        )
    )


def _channels(net: RecurrentNetwork) -> tuple[UnitGroup, ...]:
    members = (Member("layers.0.weight_ih_l0", 1),)
    return (UnitGroup("inputs", net.n_channels, members),)


def _steps(net: RecurrentNetwork) -> tuple[UnitGroup, ...]:
    return (UnitGroup("lags", net.n_timesteps, (Member("lags", None),)),)


_GROUPS = {"weight": _weights, "unit": _cells, "feature": _channels, "lag": _steps}
