"""Store small models of this version, with their inputs and outputs.

One command, run at each release::

    python tests/backwards_compatibility/save_models.py

writes ``tests/backwards_compatibility/<version>/`` anew: for each model of
:func:`models` its inputs and outputs (``.npz``), a pickle, a skops file and, where the
model can be exported, a scoring file with its weights, an ONNX graph and a SELECT.
``test_stored_models.py`` loads those of all versions.
"""

import json
import pickle
import shutil
import warnings
from pathlib import Path
from zipfile import ZIP_DEFLATED

import numpy as np
import pandas as pd
import sklearn
import skops.io
from sklearn.base import is_classifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skprune
from skprune import (
    PrunedLSTMClassifier,
    PrunedLSTMRegressor,
    PrunedMLPClassifier,
    PrunedMLPRegressor,
    PruningTransformer,
)
from skprune.export import to_numpy, to_onnx, to_sql
from skprune.preprocessing import PiecewiseLinearEncoder, make_tabular_preprocessor
from skprune.time_series import sliding_windows

HERE = Path(__file__).parent
N_STORED = 20
"""Rows whose outputs are stored."""

SHORT = {
    "max_iter": 20,
    "prune_iter": 6,
    "random_state": 0,
    "learning_rate_init": 0.01,
    "sparsity": 0.5,
}
TABLE = "rows"


def rows():
    """Return 200 rows of five columns, classes and values."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 5)).astype(np.float32)
    value = X[:, 0] - 2 * X[:, 1] * X[:, 2]
    return X, np.array(["good", "bad"])[(value > 0).astype(int)], value


def raw_table():
    """Return 200 rows of numbers with gaps and categories, and classes."""
    rng = np.random.default_rng(0)
    income = rng.lognormal(size=200).astype(np.float32)
    months = rng.integers(6, 72, 200)
    job = rng.choice(["clerk", "farmer", "smith"], 200)
    risk = months / 36 - income + (job == "farmer")
    income[rng.random(200) < 0.1] = np.nan
    X = pd.DataFrame({"income": income, "months": months, "job": job})
    return X, np.array(["good", "bad"])[(risk > 0.5).astype(int)]


def series():
    """Return windows of a wave, whether it rises next, and where it is next."""
    wave = np.sin(np.arange(120) / 4).astype(np.float32)
    X, y = sliding_windows(wave[:, None], wave, window=6, horizon=1)
    return X, (y.ravel() > X[:, -1]).astype(int), y.ravel()


def models():
    """Return by name fitted models, rows for them, and whether they can be exported."""
    X, label, value = rows()
    gapped = np.where(np.abs(X) > 2, np.float32(np.nan), X)
    frame, repaid = raw_table()
    W, rises, after = series()
    three = np.digitize(value, [-0.5, 0.5])
    stream = PrunedMLPClassifier((8,), **SHORT)
    for part in np.array_split(np.arange(200), 10):
        stream.partial_fit(X[part], label[part], classes=["bad", "good"])
    return {
        "mlp_classifier": (PrunedMLPClassifier((8,), **SHORT).fit(X, label), X, True),
        "mlp_three_classes": (
            PrunedMLPClassifier((8, 4), n_networks=2, **SHORT).fit(X, three),
            X,
            True,
        ),
        "mlp_regressor": (
            PrunedMLPRegressor((8,), granularity="unit", **SHORT).fit(X, value),
            X,
            True,
        ),
        "mlp_regressor_in_8_bits": (
            PrunedMLPRegressor((8,), n_bits=8, **SHORT).fit(X, value),
            X,
            True,
        ),
        "mlp_features": (
            PrunedMLPClassifier((8,), granularity="feature", **SHORT).fit(X, label),
            X,
            True,
        ),
        "mlp_monotonic": (
            PrunedMLPRegressor((8,), monotonic_cst=[1, 0, 0, 0, 0], **SHORT).fit(
                X, value
            ),
            X,
            True,
        ),
        "mlp_stream": (stream, X, True),
        "pipeline": (
            make_pipeline(StandardScaler(), PrunedMLPClassifier((8,), **SHORT)).fit(
                X, label
            ),
            X,
            True,
        ),
        "tabular_pipeline": (
            make_pipeline(
                make_tabular_preprocessor(n_pieces=3),
                PrunedMLPClassifier((8,), **SHORT),
            ).fit(frame, repaid),
            frame,
            True,
        ),
        "encoder": (PiecewiseLinearEncoder(3).fit(gapped), gapped, False),
        "encoder_with_scores": (
            PiecewiseLinearEncoder(3, height=0.5, add_score=True).fit(gapped),
            gapped,
            False,
        ),
        "lstm_classifier": (
            PrunedLSTMClassifier((4,), dense_layer_sizes=(3,), **SHORT).fit(W, rises),
            W,
            False,
        ),
        "lstm_regressor": (
            PrunedLSTMRegressor(
                (4, 3), dense_layer_sizes=(), granularity="unit", **SHORT
            ).fit(W, after),
            W,
            False,
        ),
        "gru_regressor": (
            PrunedLSTMRegressor((4, 3), cell="gru", **SHORT).fit(W, after),
            W,
            False,
        ),
        "transformer": (PruningTransformer().fit(X, value > 0), X, False),
    }


def outputs(model, X):
    """Return what a model gives for rows, as arrays by the name of the method."""
    if not hasattr(model, "predict"):
        return {"transform": model.transform(X)}
    asked = ["predict", "predict_proba"] if is_classifier(model) else ["predict"]
    return {method: getattr(model, method)(X) for method in asked}


def records(X):
    """Return rows as an array that needs no pickle: a table's as records."""
    if not hasattr(X, "columns"):
        return X
    texts = {name: "U8" for name in X if X[name].dtype.kind not in "fi"}
    return np.asarray(X.to_records(index=False, column_dtypes=texts))


def store(folder, name, model, X, exported):
    """Write one model in each of the ways there are."""
    X = X[:N_STORED]
    np.savez_compressed(folder / f"{name}.npz", X=records(X), **outputs(model, X))
    # Of a Pipeline's pickle scikit-learn's classes are not ours to keep. The other one
    # has ours before the network, and loads where scikit-learn's version is the same.
    if name != "pipeline":
        (folder / f"{name}.pickle").write_bytes(pickle.dumps(model, protocol=4))
        skops.io.dump(model, folder / f"{name}.skops", compression=ZIP_DEFLATED)
    if exported:
        to_numpy(model, folder / f"{name}_scoring.py")
        table = X if hasattr(X, "columns") else None
        to_onnx(model, folder / f"{name}.onnx", X=table)
        query = to_sql(model, TABLE, key="row", dialect="sqlite")
        (folder / f"{name}.sql").write_text(query, "utf-8")


def main():
    """Write the folder of this version anew."""
    folder = HERE / skprune.__version__
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stored = models()
    for name, model in stored.items():
        store(folder, name, *model)
    names = {
        "version": skprune.__version__,
        "scikit-learn": sklearn.__version__,
        "models": sorted(stored),
    }
    (folder / "models.json").write_text(json.dumps(names, indent=1) + "\n", "utf-8")
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{len(stored)} models, {size / 1024:.0f} KB, in {folder.name}")


if __name__ == "__main__":
    main()
