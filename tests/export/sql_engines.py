"""Engines that run a query over a table, and what else the tests of exports share."""

import importlib.util
import sqlite3
from contextlib import closing

import numpy as np
import pytest


def run(dialect, query, table, name="loans"):
    """Return the names and rows of a query's result over a DataFrame."""
    return ENGINES[dialect](query, table, name)


def run_in_sqlite(query, table, name="loans"):
    with closing(sqlite3.connect(":memory:")) as connection:
        return _run(connection, query, table, name)


def run_in_duckdb(query, table, name="loans"):
    duckdb = pytest.importorskip("duckdb")
    with closing(duckdb.connect(":memory:")) as connection:
        return _run(connection, query, table, name)


ENGINES = {"sqlite": run_in_sqlite, "duckdb": run_in_duckdb, "ansi": run_in_duckdb}


def _run(connection, query, table, name):
    connection.execute(f"CREATE TABLE {quoted(name)} ({declared(table)})")
    places = ", ".join("?" * table.shape[1])
    connection.execute("BEGIN")
    connection.executemany(
        f"INSERT INTO {quoted(name)} VALUES ({places})", records(table)
    )
    result = connection.execute(query)
    return [column[0] for column in result.description], result.fetchall()


def declared(table):
    """Declare the columns, each of the type that it is of."""
    return ", ".join(f"{quoted(name)} {_type(table[name])}" for name in table)


def quoted(name):
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def records(table):
    """List the rows, None where a value is missing."""
    filled = table.astype(object).where(table.notna(), None)
    return [tuple(row) for row in filled.itertuples(index=False)]


def _type(column):
    if column.dtype.kind in "iu":
        return "BIGINT"
    return "DOUBLE PRECISION" if column.dtype.kind in "fb" else "VARCHAR"


def scores(found):
    """Return the probabilities or predictions of a result that has no key."""
    names, rows = found
    chosen = [i for i, name in enumerate(names) if not name.startswith("label")]
    return np.array(rows, dtype=object)[:, chosen].astype(float)


def labels(found):
    names, rows = found
    return np.array([row[names.index("label")] for row in rows], dtype=object)


def load(path):
    """Load a scoring file as its users do."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
