"""All parameters of a module in one vector.

A small network on a CPU costs as many microseconds a step as there are calls,
so the optimizer, the penalty and the masks each take one call for all layers:
parameters and gradients become views of two vectors. Names, shapes and
``state_dict`` stay as they are.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class FlatParameters:
    """The module's parameters and gradients as views of ``value`` and ``grad``.

    Attributes
    ----------
    value : nn.Parameter of shape (n_parameters,)
    grad : Tensor of shape (n_parameters,)
    """

    def __init__(self, module: nn.Module):
        self._named = dict(module.named_parameters())
        self._shapes = {name: p.shape for name, p in self._named.items()}
        value = torch.cat([p.data.flatten() for p in self._named.values()])
        self.value = nn.Parameter(value)
        self.move(value, torch.zeros_like(value))

    def move(self, value: Tensor, grad: Tensor) -> None:
        """Keep parameters and gradients in these two vectors from now on."""
        self.value.data, self.value.grad, self.grad = value, grad, grad
        values, grads = self.split(value), self.split(grad)
        for name, p in self._named.items():
            p.data, p.grad = values[name], grads[name]

    def split(self, vector: Tensor) -> dict[str, Tensor]:
        """Return the views of (..., n_parameters) by parameter name and shape."""
        sizes = [shape.numel() for shape in self._shapes.values()]
        parts = vector.split(sizes, dim=-1)
        return {
            name: part.view(vector.shape[:-1] + shape)
            for part, (name, shape) in zip(parts, self._shapes.items(), strict=True)
        }

    def join(self, tensors: Mapping[str, Tensor], missing: float) -> Tensor:
        """Return one vector of tensors by name; the others are full of ``missing``."""
        parts = [tensors.get(name) for name in self._shapes]
        made = [
            self.grad.new_full(shape, missing) if part is None else part
            for part, shape in zip(parts, self._shapes.values(), strict=True)
        ]
        return torch.cat([part.flatten().to(self.grad.device) for part in made])
