"""What users call."""

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skprune.export import numpy_file, onnx_model
from skprune.export.explanation import explained
from skprune.export.files import drafts
from skprune.export.preparation.sample import as_table, sample_of
from skprune.export.preparation.steps import preparation_of
from skprune.export.source import (
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
    """Return a fitted network, or a pipeline that ends in one, as ONNX.

    The model takes any number of rows, float32, as ``X``. A classifier gives
    ``label`` and ``probabilities``, a regressor ``variable`` of shape (rows,
    outputs), where the quantiles of a target lie next to one another. Windows go in as
    the flat rows that the estimator takes. The model is run by ONNX Runtime, on batches
    of several sizes, before it is handed out.

    Parameters
    ----------
    estimator : estimator
        A fitted network of skprune, or a fitted
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
        Its inputs and outputs are those named above.

    Raises
    ------
    ImportError
        If the extra ``skprune[onnx]`` is not installed.
    TypeError
        If the estimator is of a kind that can't be exported.
    RuntimeError
        If the model gives something else than the estimator: probabilities off by
        more than 1e-5, or predictions by that in units of the largest; or if skl2onnx
        fails on a step, as imputers of whole numbers make it do.

    See Also
    --------
    to_numpy : A file that needs NumPy alone.
    to_sql : One statement for a database.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skprune import PrunedMLPClassifier
    >>> from skprune.export import to_onnx
    >>> X, y = make_classification(200, 5, random_state=0)
    >>> clf = PrunedMLPClassifier(early_stopping=True, random_state=0).fit(X, y)
    >>> model = to_onnx(clf)
    >>> [output.name for output in model.graph.output]
    ['label', 'probabilities']
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
        with drafts(Path(path)) as (draft,):
            draft.write_bytes(model.SerializeToString())
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

    See Also
    --------
    to_onnx : A model that other runtimes read.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skprune import PrunedMLPClassifier
    >>> from skprune.export import to_torch
    >>> X, y = make_classification(200, 5, random_state=0)
    >>> clf = PrunedMLPClassifier(early_stopping=True, random_state=0).fit(X, y)
    >>> import torch
    >>> module = to_torch(clf)
    >>> module(torch.zeros(3, 5)).shape
    torch.Size([3, 2])
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


def to_numpy(
    estimator: Any, path: str | PathLike[str], *, reasons: bool = False
) -> Path:
    """Write a fitted network, or a Pipeline that ends in one, as a scoring file.

    The file needs NumPy alone. It has the functions ``predict`` and, for classifiers,
    ``predict_proba``; its weights lie beside it, in a file of the same name that ends
    in ``.npz``. That of a Pipeline takes raw records: a DataFrame, a dict of columns, a
    list of dicts, or rows; None and NaN are missing values. It raises a ``ValueError``
    where the estimator would refuse a row.

    Parameters
    ----------
    estimator : estimator
        A fitted network of skprune, or a fitted
        :class:`~sklearn.pipeline.Pipeline` that ends in one, whose steps may be those
        of :func:`to_sql`.
    path : str or path
        The scoring file, ending in ``.py``. Files that were there are replaced once
        the new ones are found to be right.
    reasons : bool, default=False
        Whether the file has the functions ``reasons`` and ``contributions`` as well:
        what :func:`~skprune.inspection.reason_codes` gives, against the mean of the
        training rows.

    Returns
    -------
    path : pathlib.Path
        Of the file written.

    Raises
    ------
    TypeError
        If the estimator, one of its steps or the type of its labels can't be
        exported.
    ValueError
        If a parameter of a step can't, if ``path`` doesn't end in ``.py``, or if
        ``reasons`` are asked for where there are several scores, or several layers of
        units that are not piecewise linear.
    RuntimeError
        If the scoring file gives something else than the estimator.

    See Also
    --------
    to_sql : One statement for a database.
    to_onnx : A model that other runtimes read.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skprune import PrunedMLPClassifier
    >>> from skprune.export import to_numpy
    >>> X, y = make_classification(200, 5, random_state=0)
    >>> clf = PrunedMLPClassifier(early_stopping=True, random_state=0).fit(X, y)
    >>> import tempfile
    >>> from pathlib import Path
    >>> folder = tempfile.mkdtemp()
    >>> written = to_numpy(clf, Path(folder, "score.py"))
    >>> sorted(path.name for path in Path(folder).iterdir())
    ['score.npz', 'score.py']
    """
    path, piped = Path(path), isinstance(estimator, Pipeline)
    preparation, network = preparation_of(estimator)
    source = source_of(network)
    if path.suffix != ".py":
        raise ValueError(f"path must end in .py, got {str(path)!r}.")
    model = explained(estimator) if reasons else None
    rows = (
        as_table(sample_of(preparation), preparation, estimator)
        if piped
        else random_rows(estimator)
    )
    # The scoring file is the same for all models: its weights make the change.
    with drafts(path, path.with_suffix(".npz")) as (draft, _):
        numpy_file.write(draft, source, preparation if piped else None, model)
        numpy_file.check(draft, estimator, source.classes, rows, reasons)
    return path
