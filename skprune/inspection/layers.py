"""How sparse each layer of a fitted network is."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class LayerRow:
    """One weight matrix; of several networks, of all together.

    Attributes
    ----------
    name : str
        Of the parameter.
    n_outputs, n_inputs : int
        Of the matrix before pruning.
    n_weights, n_kept : int
        Its entries, and those that pruning has kept. Of the latter the compact network
        may hold fewer: units that have become constant are folded away.
    """

    name: str
    n_outputs: int
    n_inputs: int
    n_weights: int
    n_kept: int

    @property
    def sparsity(self) -> float:
        """Share of the entries that is gone."""
        return 1.0 - self.n_kept / self.n_weights


def layer_rows(network: Any) -> tuple[LayerRow, ...]:
    """Return a row for each weight matrix, from the inputs on.

    Parameters
    ----------
    network : FittedNetwork
        Of one or of several networks of one architecture.
    """
    members = network._members()
    full = members[0]._kind.build(dict(members[0]._arguments))
    shapes = {
        name: tuple(value.shape)
        for name, value in full.named_parameters()
        if value.ndim == 2
    }
    masks = [member.masks_ for member in members]

    def row(name: str, shape: tuple[int, ...]) -> LayerRow:
        kept = [int(m[name].sum()) if name in m else int(np.prod(shape)) for m in masks]
        n_weights = len(members) * int(np.prod(shape))
        return LayerRow(name, shape[0], shape[1], n_weights, sum(kept))

    return tuple(row(name, shape) for name, shape in shapes.items())
