"""Several perceptrons of equal shape, each layer one batched product."""

from collections.abc import Sequence

import torch
from torch import Tensor

from skprune.modules.base import ACTIVATIONS
from skprune.modules.mlp import MLP


class StackedMLP:
    """Perceptrons that see rows of their own, all in one forward pass.

    Parameters
    ----------
    networks : sequence of MLP
        Of equal shape; their dropout draws from their own generators.
    weights, biases : list of Tensor of shapes (networks, fan_out, fan_in), \
            (networks, fan_out)
        The layers' parameters.
    """

    def __init__(
        self, networks: Sequence[MLP], weights: list[Tensor], biases: list[Tensor]
    ):
        self.networks, self.weights, self.biases = networks, weights, biases

    def __call__(self, x: Tensor) -> Tensor:
        """Return (networks, rows, outputs) for x of (networks, rows, features)."""
        act = ACTIVATIONS[self.networks[0].activation]
        last = len(self.weights) - 1
        # (networks, units, rows): gradients then lie as the weights do.
        x = x.transpose(1, 2)
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias.unsqueeze(2), weight, x)
            if i < last:
                x = self._dropped(act(x))
        return x.transpose(1, 2)

    def _dropped(self, x: Tensor) -> Tensor:
        if self.networks[0].dropout.p == 0.0:
            return x
        pairs = zip(self.networks, x, strict=True)
        return torch.stack([network.dropout(rows.T).T for network, rows in pairs])
