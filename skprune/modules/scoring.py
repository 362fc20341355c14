"""A network together with what turns its output into a prediction."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

OUTPUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda z: z,
    "logistic": torch.sigmoid,
    "softmax": lambda z: torch.softmax(z, dim=1),
}


class Scoring(nn.Module):
    """Gives what ``predict_proba`` gives, or ``predict`` of a regressor.

    Parameters
    ----------
    network : nn.Module
        Gives the output before the output activation.
    out_activation : {'identity', 'logistic', 'softmax'}
    both_classes : bool
        Whether one output is the probability of the second of two classes.
    """

    def __init__(self, network: nn.Module, out_activation: str, both_classes: bool):
        super().__init__()
        self.network = network
        self.out_activation = out_activation
        self.both_classes = both_classes

    def forward(self, x: Tensor) -> Tensor:
        """Return probabilities or predictions: (rows, classes or outputs)."""
        out = OUTPUTS[self.out_activation](self.network(x))
        return torch.cat([1 - out, out], dim=1) if self.both_classes else out
