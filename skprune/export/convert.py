"""What users call."""

import importlib.util
import inspect
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skprune.export import onnx_model, scoring
from skprune.export.source import (
    Source,
    checked,
    demand_equal,
    expected,
    kind_of,
    random_rows,
    source_of,
)


def to_onnx(
    estimator: Any, path: str | PathLike[str] | None = None, *, X: Any = None
) -> Any:
    """Return a fitted perceptron, or a pipeline that ends in one, as ONNX.

    The model takes any number of rows, float32, as ``X``. A classifier gives
    ``label`` and ``probabilities``, a regressor ``variable`` of shape (rows,
    outputs). It is run by ONNX Runtime before it is handed out.

    Parameters
    ----------
    estimator : estimator
        A fitted ``PrunedMLPClassifier`` or ``PrunedMLPRegressor``, or a fitted
        :class:`~sklearn.pipeline.Pipeline` whose other steps skl2onnx converts.
    path : str or path, optional
        Where to write the model as well.
    X : {array-like, DataFrame} of shape (n_samples, n_features), optional
        Rows to compare on instead of random ones. Of a DataFrame each column
        becomes an input of its own name and type, which a pipeline that picks
        columns by name needs.

    Returns
    -------
    model : onnx.ModelProto

    Raises
    ------
    ImportError
        If the extra ``skprune[onnx]`` is not installed.
    TypeError
        If the estimator is of a kind that can't be exported.
    RuntimeError
        If the model gives something else than the estimator: probabilities off by
        more than 1e-5, or predictions by that in units of the largest.
    """
    check_is_fitted(estimator)
    if isinstance(estimator, Pipeline) and len(estimator) > 1:
        model = onnx_model.pipeline_model(estimator, X)
    else:
        network = estimator[-1] if isinstance(estimator, Pipeline) else estimator
        model = onnx_model.network_model(source_of(network))
        X = None if X is None else np.asarray(X, np.float32)
    onnx_model.check(model, estimator, X)
    if path is not None:
        Path(path).write_bytes(model.SerializeToString())
    return model


def to_torch(estimator: Any) -> Any:
    """Return a fitted network as a torch module that predicts.

    Parameters
    ----------
    estimator : estimator of skprune
        Fitted.

    Returns
    -------
    module : torch.nn.Module
        From rows of float32, (rows, n_features), to what ``predict_proba`` gives,
        or a regressor's ``predict``: (rows, classes or outputs). Without the
        output activation the network is the estimator's ``module_``.

    Raises
    ------
    TypeError
        If the estimator is none of skprune's.
    RuntimeError
        If the module gives something else than the estimator.
    """
    import torch

    from skprune.networks.outputs import PredictingModule

    both = kind_of(checked(estimator)) == "binary"
    networks = [one.module_ for one in estimator._members()]
    module = PredictingModule(networks, estimator.out_activation_, both).eval()
    rows = random_rows(estimator)
    with torch.no_grad():
        given = module(torch.from_numpy(rows)).numpy()
    demand_equal(given, expected(estimator, rows), "torch")
    return module


def to_numpy(estimator: Any, path: str | PathLike[str]) -> Path:
    """Write a fitted perceptron as a scoring file that needs NumPy alone.

    The file has the functions ``predict`` and, for classifiers, ``predict_proba``;
    its weights lie beside it, in a file of the same name that ends in ``.npz``.

    Parameters
    ----------
    estimator : estimator
        A fitted ``PrunedMLPClassifier`` or ``PrunedMLPRegressor``.
    path : str or path
        The scoring file, ending in ``.py``.

    Returns
    -------
    path : pathlib.Path

    Raises
    ------
    TypeError
        If the estimator is of a kind that can't be exported.
    ValueError
        If ``path`` doesn't end in ``.py``.
    RuntimeError
        If the scoring file gives something else than the estimator.
    """
    path, source = Path(path), source_of(estimator)
    if path.suffix != ".py":
        raise ValueError(f"path must end in .py, got {str(path)!r}.")
    path.write_text(inspect.getsource(scoring), "utf-8")
    np.savez_compressed(path.with_suffix(".npz"), **_arrays(source))
    written = _run(path)
    rows = random_rows(estimator)
    predict = written.predict if source.kind == "regressor" else written.predict_proba
    demand_equal(predict(rows), expected(estimator, rows), "NumPy")
    return path


def _arrays(source: Source) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        "kind": source.kind,
        "activation": source.activation,
        "out_activation": source.out_activation,
        "n_features": source.n_features,
        "n_networks": len(source.networks),
        "n_layers": len(source.networks[0].layers),
    }
    if source.classes is not None:
        # Strings of a fixed width: objects would need pickle.
        arrays["classes"] = np.array(source.classes.tolist())
    for k, network in enumerate(source.networks):
        arrays[f"columns_{k}"] = network.columns
        for i, (weight, bias) in enumerate(network.layers):
            arrays[f"weight_{k}_{i}"], arrays[f"bias_{k}_{i}"] = weight, bias
    return arrays


def _run(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
