"""Several perceptrons of equal shape, each layer one batched product.

``torch.vmap`` over ``torch.func.functional_call`` of the stacked state gives the same
and takes 1.2 to 2.1 times as long a step, as it lays each gradient out anew:
``python benchmarks/networks.py`` prints the ratio.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from skprune.networks.mlp.module import MLP
from skprune.networks.module import TORCH_ACTIVATIONS


class StackedMLP:
    """Perceptrons that see rows of their own, all in one forward pass.

    Parameters
    ----------
    networks : sequence of MLP
        Of equal shape; their dropout draws from their own generators.
    parameters : mapping of name to Tensor of shape (networks, ...)
        Weights (networks, fan_out, fan_in) and biases (networks, fan_out), by the
        names that the modules have for them.
    """

    def __init__(self, networks: Sequence[MLP], parameters: Mapping[str, Tensor]):
        self.networks = networks
        names = [f"layers.{i}" for i in range(len(networks[0].layers))]
        self.layers = [
            (parameters[f"{name}.weight"], parameters[f"{name}.bias"]) for name in names
        ]

    def __call__(self, x: Tensor) -> Tensor:
        """Return (networks, rows, outputs) for x of (networks, rows, features)."""
        act = TORCH_ACTIVATIONS[self.networks[0].activation]
        # (networks, units, rows): gradients then lie as the weights do.
        x = x.transpose(1, 2)
        for weight, bias in self.layers[:-1]:
            x = self._dropped(act(torch.baddbmm(bias.unsqueeze(2), weight, x)))
        weight, bias = self.layers[-1]
        return torch.baddbmm(bias.unsqueeze(2), weight, x).transpose(1, 2)

    def _dropped(self, x: Tensor) -> Tensor:
        if self.networks[0].dropout.p == 0.0:
            return x
        pairs = zip(self.networks, x, strict=True)
        return torch.stack([network.dropout(rows.T).T for network, rows in pairs])
