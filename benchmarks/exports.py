"""Exported Pipelines beside predict_proba, from raw tables with gaps and unseen levels.

For each development set and preparation: the query's size, the seconds to write and
check it, and over 1,000 rows the largest difference of a probability and the number of
labels that differ, in SQLite, in DuckDB, in the scoring file and in ONNX (which has no
quantiles). Development sets that are not there are left out.

    python benchmarks/exports.py [--n-quantiles 50]
"""

import argparse
import importlib.util
import sqlite3
import tempfile
import warnings
from contextlib import closing
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from _raw import available
from _sets import SETS
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler

from skprune import PrunedMLPClassifier
from skprune.export import to_numpy, to_onnx, to_sql
from skprune.preprocessing import make_tabular_preprocessor
from skprune.preprocessing.table import as_levels

N_ROWS = 1000


def usual_steps(n_quantiles):
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        QuantileTransformer(n_quantiles=n_quantiles, output_distribution="normal"),
        StandardScaler(),
    )
    codes = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="none"),
        OneHotEncoder(handle_unknown="ignore", min_frequency=5),
    )
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (codes, make_column_selector(dtype_exclude="number")),
    )


def tables(name):
    """Return a table with gaps, its target, and rows that have unseen levels too."""
    table, y = SETS[name]()
    draws = np.random.default_rng(0)
    table = table.rename(columns=str).mask(draws.random(table.shape) < 0.03)
    table = table.astype(dict.fromkeys(table.select_dtypes("number"), float))
    new = table.sample(N_ROWS, random_state=1, ignore_index=True)
    for column in new.select_dtypes(exclude="number"):
        new[column] = new[column].astype(object)
        new.loc[draws.random(N_ROWS) < 0.03, column] = "never seen; 'so'"
    return table, y, new


def in_sqlite(query, new):
    with closing(sqlite3.connect(":memory:")) as connection:
        new.to_sql("loans", connection, index=False)
        return pd.read_sql_query(query, connection)


def in_duckdb(query, new):
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.register("frame", new)
        connection.execute("CREATE TABLE loans AS SELECT * FROM frame")
        return connection.execute(query).df()


def by_sql(model, new, dialect):
    start = perf_counter()
    query = to_sql(model, "loans", dialect=dialect)
    seconds = perf_counter() - start
    found = {"sqlite": in_sqlite, "duckdb": in_duckdb}[dialect](query, new)
    scores = found.iloc[:, :2].to_numpy()
    return compared(model, new, scores, found["label"]), len(query), seconds


def by_numpy(model, new):
    with tempfile.TemporaryDirectory() as folder:
        path = to_numpy(model, Path(folder) / "score.py")
        spec = importlib.util.spec_from_file_location("score", path)
        written = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(written)
        return compared(model, new, written.predict_proba(new), written.predict(new))


def by_onnx(model, new):
    import onnxruntime

    exported = to_onnx(model, X=new)
    session = onnxruntime.InferenceSession(exported.SerializeToString())
    text = as_levels(new)
    feed = {
        one.name: text[[one.name]].to_numpy(object)
        if one.type == "tensor(string)"
        else new[[one.name]].to_numpy(np.float32)
        for one in session.get_inputs()
    }
    labels, scores = session.run(None, feed)
    return compared(model, new, scores, labels)


def compared(model, new, scores, labels):
    """Return the largest difference, and how many labels differ."""
    error = np.abs(scores - model.predict_proba(new)).max()
    return f"{error:.0e} / {(np.asarray(labels) != model.predict(new)).sum()}"


def line(name, preparation, model, new):
    sqlite, size, seconds = by_sql(model, new, "sqlite")
    duckdb, _, in_duckdb = by_sql(model, new, "duckdb")
    onnx = by_onnx(model, new) if preparation == "recommended" else ""
    return {
        "set": name,
        "steps": preparation,
        "kB": round(size / 1000),
        "s, SQLite": round(seconds, 1),
        "s, DuckDB": round(in_duckdb, 1),
        "SQLite": sqlite,
        "DuckDB": duckdb,
        "NumPy": by_numpy(model, new),
        "ONNX": onnx,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-quantiles", type=int, default=50)
    parser.add_argument("--data", nargs="+", default=[*available(), "stackoverflow"])
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = []
    for name in chosen.data:
        table, y, new = tables(name)
        for preparation, steps in {
            "recommended": make_tabular_preprocessor(),
            "usual": usual_steps(chosen.n_quantiles),
        }.items():
            network = PrunedMLPClassifier((16,), max_iter=20, random_state=0)
            model = make_pipeline(steps, network).fit(table, y)
            lines.append(line(name, preparation, model, new))
    print(pd.DataFrame(lines).to_string(index=False))


if __name__ == "__main__":
    main()
