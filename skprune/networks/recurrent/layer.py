"""One recurrent layer of torch's: its parameters, and what its steps give."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

Array = NDArray[Any]

PARAMETERS = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")


class Weights(NamedTuple):
    """A layer's parameters, typed as what they are."""

    ih: Tensor
    hh: Tensor
    bias_ih: Tensor
    bias_hh: Tensor


def weights(layer: nn.RNNBase) -> Weights:
    """Return a layer's parameters."""
    return Weights(*(layer.get_parameter(name) for name in PARAMETERS))


def rows_of(blocks: Sequence[int], cells: Array, width: int) -> Array:
    """Return the rows of some cells, in some blocks of a layer of ``width``."""
    rows: Array = np.array(blocks)[:, None] * width + cells
    return rows.ravel()


class Unrolled(NamedTuple):
    """What a layer does step by step: (rows, steps, ...).

    Attributes
    ----------
    projected : Tensor of shape (rows, steps, n_gates * n_cells)
        The inputs' part of the gates' sums.
    before, after : Tensor of shape (rows, steps, n_cells)
        The states before each step, and after it.
    passed : Tensor of the shape of ``projected``, or None
        What the state's part is multiplied by before it is added; None for 1.
    """

    projected: Tensor
    before: Tensor
    after: Tensor
    passed: Tensor | None = None
