"""What a prunable module is, and the parts that modules share."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from skprune.pruning.units import Masks, UnitGroup

TORCH_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda x: x,
    "logistic": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
}


class Tap(NamedTuple):
    """What one linear map saw and gave: ``output = inputs @ weight.T + bias``.

    Attributes
    ----------
    weight, bias : str
        Names of the parameters; a map without a bias has None.
    inputs : Tensor of shape (rows, fan_in), dense or sparse CSR
    output : Tensor of shape (rows, fan_out) or None
        Before the activation; None where a map runs at several steps of a row.
    """

    weight: str
    bias: str | None
    inputs: Tensor
    output: Tensor | None


Bounds = tuple[Tensor, Tensor]
"""The lowest and the highest that each entry of a parameter may be."""


class PrunableModule(nn.Module, ABC):
    """A network that knows its own units.

    Its parameters are created empty, and drawn by :meth:`initialize`, so that
    no global random state is read.
    """

    @abstractmethod
    def unit_groups(self, granularity: str) -> tuple[UnitGroup, ...]:
        """Return the units that may go, with the first layer's first."""

    @abstractmethod
    def tapped(self, x: Tensor) -> tuple[Tensor, list[Tap]]:
        """Return the output and what each linear map saw."""

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """Return the output before the output activation: (rows, outputs)."""

    @abstractmethod
    def initialize(self, generator: torch.Generator) -> None:
        """Draw all parameters."""

    def squared_gradients(self, batch: Any, row_loss: Any) -> dict[str, Tensor]:
        """Return the mean over the rows of each row's squared gradient.

        A row's gradient by the weight of a linear map is the outer product of
        what came back and what went in, so its square is that of the squares.
        """
        z, taps = self.tapped(batch.x)
        losses = row_loss(z, batch.y)
        weight = torch.ones_like(losses) if batch.weight is None else batch.weight
        outputs = [tap.output for tap in taps if tap.output is not None]
        backs = torch.autograd.grad(losses.sum(), outputs)
        found = {}
        for tap, back in zip(taps, backs, strict=True):
            share = back.square() * (weight / weight.sum())[:, None]
            found[tap.weight] = _outer(share, tap.inputs.detach())
            if tap.bias is not None:
                found[tap.bias] = share.sum(0)
        return found

    def input_weights(self) -> tuple[str, ...]:
        """Return the parameters that multiply the input columns."""
        return ()

    def by_column(self, name: str, column: Tensor) -> Tensor:
        """Spread a value for each input column over an input weight's entries."""
        return column.expand_as(self.get_parameter(name))

    def strongest_path(self) -> dict[str, Tensor]:
        """Return masks, by parameter, of the weights on one path to an output.

        Parameters that are not named have no say in whether inputs reach outputs.
        """
        return {}

    def idle(self, masks: Masks) -> Masks:
        """Return, by parameter, the kept entries that no output depends on.

        Parameters that are not named have none.
        """
        return {}

    def hidden_neurons(self) -> tuple[str, ...]:
        """Return the parameters of which each row is what a hidden neuron reads."""
        return ()

    def set_apart(self, monotonic: Sequence[int]) -> None:
        """Arrange fresh weights for outputs that are monotonic in some input columns.

        Parameters
        ----------
        monotonic : sequence of int of length n_columns
            1 where the outputs may only rise, -1 fall, 0 neither.
        """
        raise NotImplementedError(f"{type(self).__name__} takes no such constraint")

    def weight_bounds(self, monotonic: Sequence[int]) -> dict[str, Bounds]:
        """Return bounds, by parameter, within which the outputs are monotonic.

        They are found from the present weights, which are within them if they can be.
        """
        raise NotImplementedError(f"{type(self).__name__} takes no such constraint")

    def draw_from(self, generator: torch.Generator) -> None:
        """Let all dropout draw from ``generator``."""
        for part in self.modules():
            if isinstance(part, SeededDropout):
                part.generator = generator

    def generators(self) -> list[torch.Generator]:
        """Return what dropout draws from."""
        drawn = (p.generator for p in self.modules() if isinstance(p, SeededDropout))
        return list({generator for generator in drawn if generator is not None})

    def weight_names(self) -> tuple[str, ...]:
        """Return the parameters that are penalised and pruned: not the biases."""
        return tuple(name for name, p in self.named_parameters() if p.ndim > 1)

    def rounded_together(self) -> tuple[tuple[str, ...], ...]:
        """Return the matrices that few bits hold, in groups whose rows share scales."""
        return tuple((name,) for name in self.weight_names())


def _outer(share: Tensor, inputs: Tensor) -> Tensor:
    # (rows, out), (rows, in) -> (out, in)
    if inputs.layout is torch.strided:
        return share.T @ inputs.square()
    return (inputs * inputs).to_sparse_coo().T.matmul(share).T


class UndrawnLinear(nn.Linear):
    """A linear layer whose parameters are not drawn when it is made."""

    def reset_parameters(self) -> None:
        """Leave the parameters as they are."""


def glorot_uniform(
    layer: nn.Linear, gain: float, generator: torch.Generator
) -> nn.Linear:
    """Draw weights and biases within ``sqrt(gain / (fan_in + fan_out))`` of 0.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep
    feedforward neural networks", AISTATS, 2010.
    """
    bound = math.sqrt(gain / max(layer.in_features + layer.out_features, 1))
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
    return layer


class SeededDropout(nn.Module):
    """Dropout that draws from its own generator, never from the global state.

    References
    ----------
    N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov,
    "Dropout: a simple way to prevent neural networks from overfitting", JMLR
    15, 2014.
    """

    def __init__(self, p: float):
        super().__init__()
        self.p = p
        self.generator: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Zero a share ``p`` of the entries and scale the rest up."""
        if not self.training or self.p == 0.0:
            return x
        # Drawn in the order of the rows, however x lies in memory.
        keep = x.new_empty(x.shape).bernoulli_(1.0 - self.p, generator=self.generator)
        return x * keep / (1.0 - self.p)
