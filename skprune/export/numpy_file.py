"""The scoring file, and the weights beside it."""

import ast
import importlib.util
import inspect
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skprune.export import explanation
from skprune.export.preparation.expressions import Preparation, as_records, parts
from skprune.export.scoring_file import (
    columns,
    gru,
    lstm,
    network,
    records,
    rows,
    states,
)
from skprune.export.source import (
    Recurrent,
    Source,
    answers,
    demand_equal,
    demand_labels,
    expected,
)
from skprune.inspection.fields import Model

Array = NDArray[Any]

CELLS: dict[str, ModuleType] = {"lstm": lstm, "gru": gru}
"""What a step of recurrent cells is, by their kind."""

PLAIN_LABELS = (str, bool, int, float)
"""Types that JSON gives back as they are."""


def write(
    path: Path,
    source: Source,
    preparation: Preparation | None,
    explained: Model | None = None,
) -> None:
    """Write the scoring file and its weights.

    Parameters
    ----------
    path : Path
        Of the file, ending in ``.py``.
    source : Source
    preparation : Preparation or None
        None for a network that reads rows as they are.
    explained : Model or None
        The model where the file is to give reasons as well.

    Raises
    ------
    TypeError
        If the classes are of a type that NumPy's files don't hold.
    """
    read = _columns_stored(source, preparation)
    arrays = _arrays(source, preparation, read) | _labels(source.classes)
    recurrent = source.networks[0].recurrent
    modules = [network]
    modules += [columns] if recurrent is None else [states, CELLS[recurrent.cell]]
    modules.append(rows if preparation is None else records)
    if explained is not None:
        arrays |= explanation.arrays(explained, read)
        modules += explanation.MODULES
    text = put_together(*modules)
    path.write_text(text, "utf-8")
    np.savez_compressed(path.with_suffix(".npz"), **arrays)


def put_together(*modules: ModuleType) -> str:
    """Return modules as the text of one, which imports none of skprune's."""
    docstring = f'"""{(modules[0].__doc__ or "").strip()}\n"""'
    imports: set[str] = set()
    bodies = []
    for source in map(inspect.getsource, modules):
        _, *statements = ast.parse(source).body
        is_import = [isinstance(one, ast.Import | ast.ImportFrom) for one in statements]
        start = statements[is_import.index(False)].lineno - 1
        imports |= {ast.unparse(one) for one in statements[: is_import.index(False)]}
        bodies.append("\n".join(source.splitlines()[start:]))
    kept = "\n".join(sorted(one for one in imports if "skprune" not in one))
    return "\n\n\n".join([f"{docstring}\n\n{kept}", *bodies]) + "\n"


def check(
    path: Path, estimator: Any, classes: Array | None, rows: Any, reasons: bool = False
) -> None:
    """Run the scoring file on rows, and compare.

    Raises
    ------
    RuntimeError
        If it gives something else than the estimator.
    """
    written = _run(path)
    wanted, labels = expected(estimator, rows), answers(estimator, rows)
    if reasons:
        explanation.check(written, estimator, rows)
    if classes is None:
        demand_equal(written.predict(rows), wanted, "NumPy")
        return
    demand_equal(written.predict_proba(rows), wanted, "NumPy")
    demand_labels(written.predict(rows), labels, wanted, "NumPy")
    stored = written.classes()
    if stored.dtype != classes.dtype or stored.tolist() != classes.tolist():
        raise RuntimeError(f"The classes {classes} are not read back as they are.")


def _columns_stored(source: Source, preparation: Preparation | None) -> Array:
    """Return which of the columns that the network sees the file holds or computes."""
    if preparation is None:
        return np.arange(source.n_features)
    # Of the columns prepared there are those alone that a network reads.
    return np.unique(np.concatenate([one.columns for one in source.networks]))


def _arrays(
    source: Source, preparation: Preparation | None, read: Array
) -> dict[str, Any]:
    sorts = len(source.shape) > 1  # which its shape says already
    arrays: dict[str, Any] = {
        "kind": source.kind,
        "activation": source.activation,
        "out_activation": "identity" if sorts else source.out_activation,
        "n_features": source.n_features,
        "n_networks": len(source.networks),
        "shape": source.shape,
        "n_layers": len(source.networks[0].layers),
    }
    if preparation is not None:
        arrays["preparation"] = as_json(preparation.reading(read.tolist()))
    for k, one in enumerate(source.networks):
        arrays[f"columns_{k}"] = np.searchsorted(read, one.columns)
        for i, (weight, bias) in enumerate(one.layers):
            arrays[f"weight_{k}_{i}"], arrays[f"bias_{k}_{i}"] = weight, bias
        if one.recurrent is not None:
            arrays |= _recurrent_arrays(one.recurrent, k)
    return arrays


def _recurrent_arrays(recurrent: Recurrent, k: int) -> dict[str, Any]:
    arrays = {"n_recurrent": len(recurrent.cells), f"factors_{k}": recurrent.factors}
    for i, (weight, bias) in enumerate(recurrent.cells):
        arrays[f"gates_{k}_{i}"], arrays[f"gate_bias_{k}_{i}"] = weight, bias
    return arrays


def as_json(preparation: Preparation) -> str:
    """Return the preparation as ``scoring_file/records.py`` reads it."""
    places = {part: i for i, part in enumerate(parts(preparation.outputs))}
    plan = {
        "names": preparation.names,
        "parts": as_records(preparation.outputs),
        "outputs": [places[output] for output in preparation.outputs],
    }
    return json.dumps(plan)


def _labels(classes: Array | None) -> dict[str, Any]:
    """Return the classes in a form that needs no pickle."""
    if classes is None:
        return {}
    if classes.dtype != object:
        return {"classes": classes}
    labels = classes.tolist()
    if strange := {
        type(one).__name__ for one in labels if not isinstance(one, PLAIN_LABELS)
    }:
        raise TypeError(
            "Labels of dtype object can be written to a scoring file if they are text, "
            f"numbers or booleans, not {', '.join(sorted(strange))}."
        )
    return {"labels": json.dumps(labels)}


def _run(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
