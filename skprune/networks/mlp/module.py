"""The multi-layer perceptron and its units."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skprune.networks.mlp.directions import set_apart, weight_bounds
from skprune.networks.module import (
    TORCH_ACTIVATIONS,
    Bounds,
    PrunableModule,
    SeededDropout,
    Tap,
    UndrawnLinear,
    glorot_uniform,
)
from skprune.networks.paths import on_a_path, strongest_path
from skprune.pruning.units import Masks, Member, UnitGroup


class MLP(PrunableModule):
    """Linear layers with one activation between them.

    Parameters
    ----------
    layer_units : sequence of int
        Widths from the inputs to the outputs, both included.
    activation : {'identity', 'logistic', 'tanh', 'relu'}
        Applied after every layer but the last.
    dropout : float, default=0.0
        Share of hidden activations zeroed while training.
    """

    def __init__(
        self, layer_units: Sequence[int], activation: str, dropout: float = 0.0
    ):
        super().__init__()
        self.activation = activation
        self.layers = nn.ModuleList(
            UndrawnLinear(a, b, dtype=torch.float32) for a, b in pairwise(layer_units)
        )
        self.dropout = SeededDropout(dropout)

    @property
    def linears(self) -> list[nn.Linear]:
        """The layers, typed as what they are."""
        return [layer for layer in self.layers if isinstance(layer, nn.Linear)]

    def forward(self, x: Tensor) -> Tensor:
        """Return the output before the output activation: (rows, outputs)."""
        act = TORCH_ACTIVATIONS[self.activation]
        for layer in self.linears[:-1]:
            x = self.dropout(act(linear(x, layer)))
        return linear(x, self.linears[-1])

    def tapped(self, x: Tensor) -> tuple[Tensor, list[Tap]]:
        """Return the output and what each layer saw."""
        act, taps = TORCH_ACTIVATIONS[self.activation], []
        for i, layer in enumerate(self.linears):
            inputs = x if i == 0 else act(x)
            x = linear(inputs, layer)
            taps.append(Tap(f"layers.{i}.weight", f"layers.{i}.bias", inputs, x))
        return x, taps

    def initialize(self, generator: torch.Generator) -> None:
        """Draw all parameters as scikit-learn's perceptron does."""
        gain = 2.0 if self.activation == "logistic" else 6.0
        for layer in self.linears:
            glorot_uniform(layer, gain, generator)

    def input_weights(self) -> tuple[str, ...]:
        """Return the first layer's weight."""
        return ("layers.0.weight",)

    def strongest_path(self) -> dict[str, Tensor]:
        """Return masks of the path whose weights have the largest product."""
        path = strongest_path([layer.weight for layer in self.linears])
        return {f"layers.{i}.weight": mask for i, mask in enumerate(path)}

    def idle(self, masks: Masks) -> Masks:
        """Return the kept weights between no input and output."""
        names = [f"layers.{i}.weight" for i in range(len(self.layers))]
        if not all(name in masks for name in names):
            return {}
        kept = [masks[name] for name in names]
        live = on_a_path(kept)
        return {n: k & ~a for n, k, a in zip(names, kept, live, strict=True)}

    def hidden_neurons(self) -> tuple[str, ...]:
        """Return the weights of all layers but the last, whose rows are outputs."""
        return tuple(f"layers.{i}.weight" for i in range(len(self.layers) - 1))

    def set_apart(self, monotonic: Sequence[int]) -> None:
        """Let some units read none of the columns that are constrained."""
        weights = [layer.weight.data for layer in self.linears]
        set_apart(weights, weights[0].new_tensor(monotonic))

    def weight_bounds(self, monotonic: Sequence[int]) -> dict[str, Bounds]:
        """Return bounds under which no path goes against a column's constraint."""
        weights = [layer.weight.data for layer in self.linears]
        bounds = weight_bounds(weights, weights[0].new_tensor(monotonic))
        return {f"layers.{i}.weight": each for i, each in enumerate(bounds)}

    def unit_groups(self, granularity: str) -> tuple[UnitGroup, ...]:
        """Return the weights by layer, the hidden neurons by layer, or the inputs."""
        return _GROUPS[granularity](self)


def linear(x: Tensor, layer: nn.Linear) -> Tensor:
    """Apply a layer to dense or sparse CSR rows."""
    if x.layout is torch.strided:
        return F.linear(x, layer.weight, layer.bias)
    return F.linear(x, layer.weight) + layer.bias


def _weights(net: MLP) -> tuple[UnitGroup, ...]:
    return tuple(
        UnitGroup(
            f"layers.{i}", layer.weight.numel(), (Member(f"layers.{i}.weight", None),)
        )
        for i, layer in enumerate(net.linears)
    )


def _neurons(net: MLP) -> tuple[UnitGroup, ...]:
    # A hidden neuron is a row of its layer, its bias, and a column of the next.
    return tuple(
        UnitGroup(
            f"layers.{i}",
            layer.out_features,
            (
                Member(f"layers.{i}.weight", 0),
                Member(f"layers.{i}.bias", 0),
                Member(f"layers.{i + 1}.weight", 1),
            ),
        )
        for i, layer in enumerate(net.linears[:-1])
    )


def _inputs(net: MLP) -> tuple[UnitGroup, ...]:
    first = net.linears[0]
    return (UnitGroup("inputs", first.in_features, (Member("layers.0.weight", 1),)),)


_GROUPS = {"weight": _weights, "unit": _neurons, "feature": _inputs}
