"""The preparation of a table as nodes of an ONNX graph, in skl2onnx's form."""

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from skprune.export.nodes import INT64
from skprune.preprocessing.pieces import PiecewiseLinearEncoder
from skprune.preprocessing.table import as_levels

Array = NDArray[Any]

FLOAT = 1
"""``onnx.TensorProto.FLOAT``."""

_TYPES = {np.dtype(np.float32): FLOAT, np.dtype(np.int64): INT64}


class Nodes:
    """What an operator adds to the graph, each part by a name that is free."""

    def __init__(self, scope: Any, container: Any):
        self.scope, self.container = scope, container

    def constant(self, value: Array) -> str:
        """Add a constant of float32 or int64 and return its name."""
        name: str = self.scope.get_unique_variable_name("skprune_constant")
        flat = value.ravel()
        self.container.add_initializer(name, _TYPES[value.dtype], value.shape, flat)
        return name

    def floats(self, value: Any) -> str:
        """Add a constant of float32."""
        return self.constant(np.asarray(value, np.float32))

    def node(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node and return its output's name, which may be given."""
        output = output or self.scope.get_unique_variable_name(f"skprune_{kind}")
        name = self.scope.get_unique_operator_name(kind)
        self.container.add_node(kind, list(inputs), output, name=name, **attributes)
        return output

    def joined(self, operator: Any) -> str:
        """Return the name of an operator's inputs side by side."""
        names = [given.full_name for given in operator.inputs]
        return names[0] if len(names) == 1 else self.node("Concat", *names, axis=1)


def floats_of_width(operator: Any, width: int) -> None:
    """Tell skl2onnx the shape of a float output."""
    types = import_module("skl2onnx.common.data_types")
    rows = operator.inputs[0].get_first_dimension()
    operator.outputs[0].type = types.FloatTensorType([rows, width])


def pieces_shape(operator: Any) -> None:
    """Tell the shape of encoded numbers."""
    floats_of_width(operator, len(operator.raw_operator.feature_origins_))


def add_pieces(scope: Any, operator: Any, container: Any) -> None:
    """Add the outputs of numbers kind by kind, and then bring them into order."""
    encoder, nodes = operator.raw_operator, Nodes(scope, container)
    x = nodes.node("Cast", nodes.joined(operator), to=FLOAT)
    gap = nodes.node("IsNaN", x)
    filled = nodes.node("Where", gap, nodes.floats(encoder.medians_[None]), x)
    bent = np.flatnonzero([len(knots) > 1 for knots in encoder.knots_])
    flagged = np.flatnonzero(encoder.flagged_)
    shares, of_share = _shares(nodes, encoder, filled, bent)
    parts, origins = [], []
    if encoder.add_score:
        parts.append(_scores(nodes, encoder, shares, bent))
        origins.append(bent)
    if encoder.has_pieces_:
        parts.append(nodes.node("Mul", shares, nodes.floats(encoder.height)))
        origins.append(of_share)
    flags = nodes.node("Cast", gap, to=FLOAT)
    parts.append(nodes.node("Gather", flags, nodes.constant(flagged), axis=1))
    joined = nodes.node("Concat", *parts, axis=1)
    # A stable sort by column: its score, then its pieces, then its flag.
    order = np.argsort(np.concatenate([*origins, flagged]), kind="stable")
    output = operator.outputs[0].full_name
    nodes.node("Gather", joined, nodes.constant(order), output=output, axis=1)


def _shares(
    nodes: Nodes, encoder: PiecewiseLinearEncoder, x: str, bent: Array
) -> tuple[str, Array]:
    """Add how far each piece is passed, (rows, pieces); say whose it is as well."""
    knots = [encoder.knots_[j] for j in bent]
    of_share = np.repeat(bent, [len(ends) - 1 for ends in knots])
    lower = np.concatenate([np.empty(0), *(ends[:-1] for ends in knots)])
    upper = np.concatenate([np.empty(0), *(ends[1:] for ends in knots)])
    spread = nodes.node("Gather", x, nodes.constant(of_share), axis=1)
    above = nodes.node("Sub", spread, nodes.floats(lower))
    share = nodes.node("Div", above, nodes.floats(upper - lower))
    return nodes.node("Clip", share, nodes.floats(0.0), nodes.floats(1.0)), of_share


def _scores(
    nodes: Nodes, encoder: PiecewiseLinearEncoder, shares: str, bent: Array
) -> str:
    """Add the scores: where a column starts, and how it rises along its pieces."""
    scores = [encoder.scores_[j] for j in bent]
    rises = block_diag(*(np.diff(heights)[:, None] for heights in scores))
    start = np.array([heights[0] for heights in scores])
    risen = nodes.node("MatMul", shares, nodes.floats(rises))
    return nodes.node("Add", risen, nodes.floats(start))


def levels_shape(operator: Any) -> None:
    """Tell that levels are as many as they were, whatever skl2onnx knows of others."""
    if operator.raw_operator.func is not as_levels:
        _registered("shape_calculator", "FunctionTransformer")(operator)
        return
    given = operator.inputs[0]
    rows, width = given.get_first_dimension(), operator.raw_operator.n_features_in_
    operator.outputs[0].type = given.type.__class__([rows, width])


def add_levels(scope: Any, operator: Any, container: Any) -> None:
    """Take text as it is: a missing level is fed as the text ``nan``."""
    if operator.raw_operator.func is not as_levels:
        _registered("converter", "FunctionTransformer")(scope, operator, container)
        return
    nodes = Nodes(scope, container)
    output = operator.outputs[0].full_name
    nodes.node("Identity", nodes.joined(operator), output=output)


def dummies_shape(operator: Any) -> None:
    """Tell the shape of dummies where rare levels are one."""
    if not _merges_levels(operator.raw_operator):
        _registered("shape_calculator", "OneHotEncoder")(operator)
        return
    floats_of_width(operator, len(operator.raw_operator.get_feature_names_out()))


def add_dummies(scope: Any, operator: Any, container: Any) -> None:
    """Add the dummies of each category, those of rare and unknown levels merged."""
    encoder, nodes = operator.raw_operator, Nodes(scope, container)
    if not _merges_levels(encoder):
        _registered("converter", "OneHotEncoder")(scope, operator, container)
        return
    x = nodes.joined(operator)
    blocks = []
    for j, levels in enumerate(encoder.categories_):
        column = nodes.node("Gather", x, nodes.constant(np.array([j])), axis=1)
        each = nodes.node(
            "OneHotEncoder",
            column,
            op_domain="ai.onnx.ml",
            cats_strings=[str(level).encode() for level in levels],
            zeros=1,
        )
        flat = nodes.node("Reshape", each, nodes.constant(np.array([-1, len(levels)])))
        known, unknown = _rows(encoder, j)
        # A known level's row less the unknown one's, added to the unknown one's.
        part = nodes.node("MatMul", flat, nodes.floats(known - unknown))
        blocks.append(nodes.node("Add", part, nodes.floats(unknown)))
    nodes.node("Concat", *blocks, output=operator.outputs[0].full_name, axis=1)


def _merges_levels(encoder: OneHotEncoder) -> bool:
    return encoder.handle_unknown == "infrequent_if_exist" and encoder.drop is None


def _rows(encoder: OneHotEncoder, j: int) -> tuple[Array, Array]:
    """Return what each level becomes, (levels, dummies), and one that is unknown."""
    levels = encoder.categories_[j]
    rare = getattr(encoder, "infrequent_categories_", [None] * (j + 1))[j]
    if rare is None:
        return np.eye(len(levels)), np.zeros(len(levels))
    is_rare = np.isin(levels.astype(str), rare.astype(str))
    # Frequent levels keep their order; the rare ones share the last dummy.
    dummy = np.where(is_rare, (~is_rare).sum(), np.cumsum(~is_rare) - 1)
    rows = np.eye((~is_rare).sum() + 1)
    return rows[dummy], rows[-1]


def _registered(what: str, kind: str) -> Any:
    """Return what skl2onnx does by itself."""
    pool = import_module("skl2onnx.common._registration")
    return getattr(pool, f"get_{what}")(f"Sklearn{kind}")


SHAPES = {
    PiecewiseLinearEncoder: pieces_shape,
    FunctionTransformer: levels_shape,
    OneHotEncoder: dummies_shape,
}
CONVERTERS = {
    PiecewiseLinearEncoder: add_pieces,
    FunctionTransformer: add_levels,
    OneHotEncoder: add_dummies,
}
