"""Networks together with what turns their outputs into a prediction."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from skprune.inference.activations import n_sorted

OUTPUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda z: z,
    "logistic": torch.sigmoid,
    "softmax": lambda z: torch.softmax(z, dim=1),
    "exp": torch.exp,
}


def output_function(name: str) -> Callable[[Tensor], Tensor]:
    """Return what turns outputs (rows, outputs) into predictions, by its name."""
    n = n_sorted(name)
    return OUTPUTS[name] if n is None else partial(_sort, n)


def _sort(n: int, z: Tensor) -> Tensor:
    return z.unflatten(1, (-1, n)).sort(2).values.flatten(1)


class PredictingModule(nn.Module):
    """Gives what ``predict_proba`` gives, or ``predict`` of a regressor.

    Parameters
    ----------
    networks : sequence of nn.Module
        Each gives its output before the output activation; the mean of what they
        predict is taken.
    out_activation : str
        As :func:`output_function` takes it.
    both_classes : bool
        Whether one output is the probability of the second of two classes.
    """

    def __init__(
        self, networks: Sequence[nn.Module], out_activation: str, both_classes: bool
    ):
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.out_activation = out_activation
        self.both_classes = both_classes

    def forward(self, x: Tensor) -> Tensor:
        """Return probabilities or predictions: (rows, classes or outputs)."""
        activate = output_function(self.out_activation)
        each = [activate(network(x)) for network in self.networks]
        out = each[0] if len(each) == 1 else torch.stack(each).mean(0)
        return torch.cat([1 - out, out], dim=1) if self.both_classes else out
