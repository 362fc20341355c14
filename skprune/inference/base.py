"""What networks of linear layers have in common where they predict."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from skprune.inference.activations import output_activation
from skprune.inference.layer import Layer

Array = np.ndarray[Any, np.dtype[Any]]


class NetworkPredictor(ABC):
    """A compact network that maps rows to predictions.

    Attributes
    ----------
    layers : list of Layer
        All linear maps, from the inputs to the outputs.
    out_activation : str
        As :func:`output_activation` takes it.
    """

    layers: list[Layer]
    out_activation: str

    @abstractmethod
    def decision(self, X: Any) -> Array:
        """Return the outputs before the output activation, (rows, outputs)."""

    def __call__(self, X: Any) -> Array:
        """Return the activated outputs, (rows, outputs), for dense or CSR rows.

        Raises
        ------
        ValueError
            If a value that is read is too large for float32.
        """
        out = self.decision(X)
        # Probabilities of float64 sum to one as float64 can, whatever the network is.
        out = out.astype(np.result_type(X.dtype, out.dtype), copy=False)
        return output_activation(self.out_activation)(out.T).T

    @property
    def n_nonzero(self) -> int:
        """Non-zero weights, biases not counted."""
        return sum(layer.n_nonzero for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """Multiplications to score one row."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def n_bytes(self) -> int:
        """Bytes of all layers as they are stored."""
        return sum(layer.n_bytes for layer in self.layers)
