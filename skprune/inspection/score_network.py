"""A perceptron's score: a network of one output.

Scoring files hold this text as it is: it needs NumPy alone.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skprune.inspection.slopes import SLOPES

Floats = NDArray[np.float64]


class HiddenLayer(NamedTuple):
    """Units that read the layer below.

    Attributes
    ----------
    weight : ndarray of shape (n_units, fan_in)
    bias : ndarray of shape (n_units,)
    activation : str
    """

    weight: Floats
    bias: Floats
    activation: str

    def __call__(self, x: Floats) -> Floats:
        """Return the units' inputs, (rows, n_units), before the activation."""
        return x @ self.weight.T + self.bias


@dataclass(frozen=True)
class ScoreNetwork:
    """A compact perceptron of one output, in float64.

    Attributes
    ----------
    columns : ndarray of int of shape (n_columns,)
        The input columns that it reads, ascending.
    hidden : list of HiddenLayer
        From the first; an exponential output is the last of them.
    readout : ndarray of shape (n_last,)
        Weights of the last layer, or of the columns where there is no layer.
    constant : float
    """

    columns: NDArray[np.intp]
    hidden: list[HiddenLayer]
    readout: Floats
    constant: float

    def read(self, rows: Any) -> Floats:
        """Return the columns that are read, as exactly as they are when it predicts.

        Raises
        ------
        ValueError
            If a value is too large for float32.
        """
        block = rows[:, self.columns]
        block = block.toarray() if hasattr(block, "toarray") else block
        with np.errstate(over="ignore"):
            single = block.astype(np.float32)
        if not np.isfinite(single).all():
            raise ValueError(
                "Input X contains infinity or a value too large for dtype('float32')."
            )
        return single.astype(np.float64)

    def __call__(self, x: Floats) -> Floats:
        """Score rows, (n_rows,), from the columns that are read."""
        for layer in self.hidden:
            x = SLOPES[layer.activation].function(layer(x))
        return x @ self.readout + self.constant
