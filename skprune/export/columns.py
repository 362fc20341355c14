"""Input pruning as a node of an ONNX graph, in the form that skl2onnx takes."""

from typing import Any

import numpy as np

from skprune.export.nodes import INT64


def selected_shape(operator: Any) -> None:
    """Tell the shape of what is left of the columns."""
    given, support = operator.inputs[0], operator.raw_operator.get_support()
    operator.outputs[0].type = given.type.__class__(
        [given.get_first_dimension(), int(support.sum())]
    )


def select_columns(scope: Any, operator: Any, container: Any) -> None:
    """Add the node that picks the columns kept."""
    kept = np.flatnonzero(operator.raw_operator.get_support()).astype(np.int64)
    name = scope.get_unique_variable_name("kept_columns")
    container.add_initializer(name, INT64, [len(kept)], kept)
    container.add_node(
        "Gather",
        [operator.inputs[0].full_name, name],
        operator.outputs[0].full_name,
        name=scope.get_unique_operator_name("Gather"),
        axis=1,
    )
