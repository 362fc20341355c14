"""The query run on rows, beside the estimator."""

import sqlite3
import warnings
from contextlib import closing
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skprune.export.preparation.sample import as_table, sample_of
from skprune.export.source import demand_equal, demand_labels, expected
from skprune.export.sql.dialects import DIALECTS, identifier, literal
from skprune.export.sql.statement import Statement, labels_of

Array = NDArray[Any]


def check(statement: Statement, estimator: Any, dialect: str) -> None:
    """Run the query in an engine that is at hand, and compare.

    Raises
    ------
    RuntimeError
        If it doesn't run, or gives something else than the estimator.
    """
    engine, dialect = _engine(dialect)
    sample = sample_of(statement.preparation)
    try:
        with closing(engine.connect(":memory:")) as connection:
            _fill(connection, statement, list(sample.values()))
            given = np.array(
                connection.execute(statement.write(dialect)).fetchall(), dtype=object
            )
            _demand_literals(connection, statement, dialect)
    except engine.Error as error:
        raise RuntimeError(
            f"The query doesn't run in {engine.__name__}: {error}"
        ) from error
    table = as_table(sample, statement.preparation, estimator)
    _demand_same(given, statement, estimator, table)


def _engine(dialect: str) -> tuple[Any, str]:
    """Return a module that connects to an engine, and the dialect that it takes."""
    if dialect == "sqlite":
        return sqlite3, dialect
    try:
        return import_module("duckdb"), dialect
    except ImportError:
        return sqlite3, "sqlite"


def _fill(connection: Any, statement: Statement, sample: list[list[Any]]) -> None:
    """Create the table, with the columns that are read and the key alone."""
    names, n_rows = statement.names, len(sample[0])
    columns = {names.columns[i]: sample[i] for i in statement.positions_read}
    columns = {**{name: list(range(n_rows)) for name in names.key}, **columns}
    table = identifier(names.table[-1])
    types = ", ".join(f"{identifier(n)} {_type_of(c)}" for n, c in columns.items())
    connection.execute(f"CREATE TABLE {table} ({types})")
    connection.executemany(
        f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})",
        list(zip(*columns.values(), strict=True)),
    )


def _type_of(column: list[Any]) -> str:
    is_text = any(isinstance(value, str) for value in column)
    return "VARCHAR" if is_text else "DOUBLE PRECISION"


def _demand_same(
    given: Array, statement: Statement, estimator: Any, table: Any
) -> None:
    """Raise where the rows of a result are not what the estimator gives."""
    with warnings.catch_warnings():
        # That some levels are not known is meant.
        warnings.filterwarnings("ignore", "Found unknown categories", UserWarning)
        wanted, labels = expected(estimator, table), estimator.predict(table)
    given = given[:, len(statement.names.key) :]
    n_scores = wanted.shape[1]
    demand_equal(given[:, :n_scores].astype(float), wanted, "SQL")
    if statement.source.kind != "regressor":
        found = given[:, n_scores:]
        demand_labels(found.reshape(labels.shape), labels, wanted, "SQL")


def _demand_literals(connection: Any, statement: Statement, dialect: str) -> None:
    """Raise where a label is read back as something else."""
    if statement.source.kind not in ("binary", "multiclass"):
        return
    labels = labels_of(statement.source)
    written = ", ".join(literal(label, DIALECTS[dialect]) for label in labels)
    read = connection.execute(f"SELECT {written}").fetchone()
    if changed := [str(a) for a, b in zip(labels, read, strict=True) if a != b]:
        raise RuntimeError(f"The labels {changed} are not read back as they are.")
