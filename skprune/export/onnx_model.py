"""ONNX models of networks, and of pipelines that end in one."""

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skprune.export.columns import select_columns, selected_shape
from skprune.export.graph import Outputs, label_values, write
from skprune.export.nodes import Graph
from skprune.export.source import (
    Source,
    answers,
    demand_equal,
    demand_labels,
    expected,
    random_rows,
    source_of,
)
from skprune.export.table import CONVERTERS, SHAPES
from skprune.preprocessing.table import as_levels
from skprune.transformer import PruningTransformer

Array = NDArray[Any]

OPSET, IR_VERSION = 13, 8
"""As old as suffices, so that older runtimes load the model too."""

BATCH_SIZES = (10**6, 1, 7, 10**6, 2)
"""Rows that an export is run on, those of the check at most."""

ROWS = "X"
WHOLE = "iub"
"""Kinds of dtypes that go in as whole numbers."""

CLASSIFIER_OUTPUTS = Outputs("label", "probabilities")
REGRESSOR_OUTPUTS = Outputs("", "variable")


def load(name: str) -> Any:
    """Import a package of the extra.

    Raises
    ------
    ImportError
        That names the extra.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(
            f"to_onnx needs {name.split('.')[0]}: pip install 'skprune[onnx]'"
        ) from error


def network_model(source: Source, opset: int = OPSET) -> Any:
    """Return the ONNX model of a network."""
    onnx = load("onnx")
    graph, names = Graph(onnx), outputs_of(source)
    write(graph, source, ROWS, names)
    helper, types = onnx.helper, onnx.TensorProto
    info = helper.make_tensor_value_info
    width = 2 if source.kind == "binary" else source.n_outputs
    outputs = [info(names.score, types.FLOAT, [None, width])]
    if names.label:
        outputs.insert(0, info(names.label, *_label_type(onnx, source)))
    body = helper.make_graph(
        graph.nodes,
        "skprune",
        [info(ROWS, types.FLOAT, [None, source.n_features])],
        outputs,
        graph.constants,
    )
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(body, opset_imports=opsets, ir_version=IR_VERSION)


def outputs_of(source: Source) -> Outputs:
    """Return the names of the model's outputs."""
    return REGRESSOR_OUTPUTS if source.kind == "regressor" else CLASSIFIER_OUTPUTS


def pipeline_model(pipeline: Any, X: Any) -> Any:
    """Return the ONNX model of scikit-learn's steps and of the network after."""
    source = source_of(pipeline[-1])
    first = _converted(pipeline, X)
    compose = load("onnx.compose")
    second = network_model(source, _opset(first))
    first.ir_version = second.ir_version = max(first.ir_version, IR_VERSION)
    # What a step gives may be called as the regressor's output is.
    first = compose.add_prefix(first, "steps_", rename_inputs=False)
    second = compose.add_prefix(second, "network_", rename_outputs=False)
    joint = [(first.graph.output[0].name, f"network_{ROWS}")]
    return compose.merge_models(first, second, io_map=joint)


def _converted(pipeline: Any, X: Any) -> Any:
    """Return the ONNX model of the steps before the network."""
    try:
        return load("skl2onnx").convert_sklearn(
            pipeline[:-1],
            initial_types=_input_types(pipeline, X),
            target_opset=OPSET,
            custom_shape_calculators={PruningTransformer: selected_shape, **SHAPES},
            custom_conversion_functions={
                PruningTransformer: select_columns,
                **CONVERTERS,
            },
        )
    except RuntimeError as error:
        # An imputer's inputs and outputs are of one type to skl2onnx. A step that it
        # does not know is an error of a class of its own.
        whole = [name for name in getattr(X, "columns", []) if _is_whole(X[name])]
        if not whole or type(error) is not RuntimeError:
            raise
        raise RuntimeError(
            f"skl2onnx does not convert the steps before the network: {error} Whole "
            "numbers, alone or among others, are more than its imputers and some other "
            "steps take. Hand them over as floats, which the model then expects, "
            f"X=X.astype(dict.fromkeys({whole}, float)), or prepare the table by "
            "make_tabular_preprocessor, which takes them as they are."
        ) from error


def _opset(model: Any) -> int:
    return next((o.version for o in model.opset_import if o.domain == ""), OPSET)


def check(model: Any, estimator: Any, X: Any) -> None:
    """Run the model on batches of several sizes, one after another, and compare."""
    runtime = load("onnxruntime")
    session = runtime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    every = random_rows(estimator) if X is None else X
    of_all = expected(estimator, every)
    # A model into which a size has been traced is right for that one alone.
    for size in BATCH_SIZES:
        rows = every[: min(size, len(every))]
        wanted = expected(estimator, rows)
        *labels, score = session.run(None, _feed(rows))
        demand_equal(score, wanted, "ONNX", of_all)
        if labels:
            demand_labels(labels[0], answers(estimator, rows), wanted, "ONNX")


def _label_type(onnx: Any, source: Source) -> tuple[int, list[int | None]]:
    if source.kind == "multilabel":
        return onnx.TensorProto.INT64, [None, source.n_outputs]
    labels = label_values(source)
    kind = onnx.helper.np_dtype_to_tensor_dtype(labels.dtype)
    return kind, [None]


def _input_types(pipeline: Any, X: Any) -> list[tuple[str, Any]]:
    types = load("skl2onnx.common.data_types")
    if hasattr(X, "columns"):
        return [(str(c), _column_type(types, X[c])) for c in X.columns]
    return [(ROWS, types.FloatTensorType([None, int(pipeline.n_features_in_)]))]


def _column_type(types: Any, column: Any) -> Any:
    kinds = {"f": types.FloatTensorType, **dict.fromkeys(WHOLE, types.Int64TensorType)}
    return kinds.get(column.dtype.kind, types.StringTensorType)([None, 1])


def _is_whole(column: Any) -> bool:
    return column.dtype.kind in WHOLE


def _feed(X: Any) -> dict[str, Array]:
    if not hasattr(X, "columns"):
        return {ROWS: np.asarray(X, np.float32)}
    return {str(name): _column(X[name]) for name in X.columns}


def _column(column: Any) -> Array:
    casts = {"f": np.float32, **dict.fromkeys(WHOLE, np.int64)}
    cast = casts.get(column.dtype.kind)
    values = column if cast else as_levels(column.to_frame())
    return np.asarray(values, cast or object).reshape(-1, 1)
