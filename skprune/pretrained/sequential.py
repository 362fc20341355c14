"""Networks of torch, as networks to prune: linear layers one after another."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from torch import nn

from skprune.estimator.given import WeightAndBias

ACTIVATIONS: dict[type[nn.Module], str] = {
    nn.ReLU: "relu",
    nn.Tanh: "tanh",
    nn.Sigmoid: "logistic",
}
"""What may stand between two linear layers."""

HEADS: dict[type[nn.Module], str] = {
    nn.Sigmoid: "logistic",
    nn.Softmax: "softmax",
    nn.LogSoftmax: "softmax",
}
"""What may follow the last one."""

IDLE = (nn.Identity, nn.Dropout, nn.AlphaDropout, nn.Flatten)
"""What does nothing to the columns of a row once training is over."""

PLAIN = "A network of Linear layers, one after another, can be pruned, with one of " + (
    f"{', '.join(kind.__name__ for kind in ACTIVATIONS)} or none between them, "
    f"{', '.join(kind.__name__ for kind in HEADS)} or none behind the last."
)


def read_sequential(
    network: nn.Module,
) -> tuple[list[WeightAndBias], str, str | None]:
    """Return the layers of a network, its activation, and what follows the last.

    Parameters
    ----------
    network : torch.nn.Sequential
        Those within it are read as if their parts were its own.

    Returns
    -------
    layers : list of (weight, bias)
        Of float64.
    activation : {'identity', 'logistic', 'tanh', 'relu'}
    head : {'logistic', 'softmax'} or None

    Raises
    ------
    ValueError
        If it has layers of other kinds, or in another order.
    """
    parts = [part for part in _parts(network) if not isinstance(part, IDLE)]
    places = [i for i, part in enumerate(parts) if isinstance(part, nn.Linear)]
    if not places or places[0] != 0:
        first = f", and not with {parts[0]}" if parts else ""
        raise ValueError(f"The network must begin with a Linear layer{first}. {PLAIN}")
    between = {_only(parts[i + 1 : j], ACTIVATIONS) for i, j in pairwise(places)}
    if len(between) > 1:
        raise ValueError(
            "All hidden layers of the network must have the same activation, got "
            f"{sorted(name or 'identity' for name in between)}."
        )
    head = _only(parts[places[-1] + 1 :], HEADS)
    activation = (between.pop() or "identity") if between else "relu"
    return [_arrays(parts[i]) for i in places], activation, head


def _parts(network: nn.Module) -> list[nn.Module]:
    if not isinstance(network, nn.Sequential):
        return [network]
    if type(network).forward is not nn.Sequential.forward:
        raise ValueError(
            f"{type(network).__name__} has a forward of its own, which can't be read. "
            f"{PLAIN}"
        )
    return [part for child in network for part in _parts(child)]


def _only(parts: Sequence[nn.Module], known: dict[type[nn.Module], str]) -> str | None:
    """Return the name of the one part there is, None where there is none."""
    for part in parts:
        # Along the rows it would mix them.
        if type(part) not in known or getattr(part, "dim", None) not in (None, 1, -1):
            raise ValueError(f"{part} can't stand where it does. {PLAIN}")
    if len(parts) > 1:
        raise ValueError(
            f"Only one of {', '.join(map(str, parts))} can follow a layer."
        )
    return known[type(parts[0])] if parts else None


def _arrays(layer: Any) -> WeightAndBias:
    weight = layer.weight.detach().cpu().double().numpy()
    if layer.bias is None:
        return weight, np.zeros(len(weight))
    return weight, layer.bias.detach().cpu().double().numpy()
