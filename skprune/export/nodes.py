"""Nodes and constants of an ONNX graph."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

INT64 = 7
"""``onnx.TensorProto.INT64``."""


class Graph:
    """Nodes and constants, each named by its number as it is added."""

    def __init__(self, onnx: Any):
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: Array) -> str:
        """Add a constant and return its name."""
        name = f"skprune_constant_{len(self.constants)}"
        self.constants.append(self.onnx.numpy_helper.from_array(value, name))
        return name

    def whole(self, *numbers: int) -> str:
        """Add a constant of whole numbers, such as a shape, and return its name."""
        return self.constant(np.array(numbers, np.int64))

    def node(
        self, operator: str, inputs: Sequence[str], output: str = "", **attributes: Any
    ) -> str:
        """Add a node and return its output's name, which may be given."""
        output = output or f"skprune_{len(self.nodes)}"
        self._add(operator, inputs, [output], attributes)
        return output

    def outputs(
        self, operator: str, inputs: Sequence[str], n: int, **attributes: Any
    ) -> list[str]:
        """Add a node and return the names of its ``n`` outputs."""
        names = [f"skprune_{len(self.nodes)}_{i}" for i in range(n)]
        self._add(operator, inputs, names, attributes)
        return names

    def _add(
        self,
        operator: str,
        inputs: Sequence[str],
        names: list[str],
        attributes: dict[str, Any],
    ) -> None:
        make = self.onnx.helper.make_node
        self.nodes.append(make(operator, list(inputs), names, **attributes))
