"""Names, labels and numbers of any kind neither break a query nor enter it."""

import math
import sqlite3
from copy import copy
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sql_engines import labels, run, scores

from skprune import PrunedMLPClassifier
from skprune.export import to_sql
from skprune.export.sql.dialects import DIALECTS, chained, identifier, literal, number

pandas = pytest.importorskip("pandas")

# Networks are trained for a few epochs only.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*hasn't converged yet"),
    pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning"),
]

HOSTILE = [
    '"',
    "'",
    '"; DROP TABLE loans; --',
    "'; DROP TABLE loans; --",
    "a\nb\r\n",
    "select",
    "/* */ --",
    "Ünï ☃ 𝄞",
    "{0} %s ? :a $1",
    "\\",
    " ",
    "1",
]
names = st.sampled_from(HOSTILE) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1
)
X = np.random.default_rng(0).normal(size=(60, 2))
Y = (X[:, 0] > 0).astype(int)


@cache
def fitted():
    return PrunedMLPClassifier((3,), max_iter=5, sparsity=0, random_state=0).fit(X, Y)


def network(classes):
    """Return a network whose classes are called so."""
    model = copy(fitted())
    model.classes_ = np.asarray(classes)
    return model


def distinct(*words):
    """Return whether engines tell words apart, which fold case in ways of their own."""
    return len({word.casefold() for word in words}) == len(words)


def survives(connection, table):
    listed = "SELECT name FROM sqlite_master"
    return connection.execute(listed).fetchall() == [(table,)]


@given(
    st.lists(names, min_size=3, max_size=3),
    names,
    st.lists(names, min_size=2, max_size=2),
)
@settings(max_examples=60)
def test_any_names_in_sqlite(columns, table, classes):
    assume(distinct(*columns) and distinct(*classes) and classes == sorted(classes))
    assume(not table.lower().startswith("sqlite_"))
    model = network(np.array(classes, dtype=object))
    assume(distinct(columns[2], *(f"probability_{one}" for one in classes), "label"))
    query = to_sql(model, table, columns=columns[:2], key=columns[2], dialect="sqlite")
    rows = pandas.DataFrame(np.c_[X, np.arange(60)], columns=columns)
    found = run("sqlite", query, rows, table)
    assert found[0] == [columns[2], *(f"probability_{one}" for one in classes), "label"]
    assert_array_equal(labels(found), model.predict(X))


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name, dialect):
    model = network(np.array([name, name + "'"], dtype=object))
    columns = [name, name + '"']
    query = to_sql(model, name, columns=columns, dialect=dialect)
    found = run(dialect, query, pandas.DataFrame(X, columns=columns), name)
    assert_array_equal(labels(found), model.predict(X))


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_hostile_levels(dialect):
    table = pandas.DataFrame({"a": HOSTILE * 5})
    y = np.arange(len(table)) % 2
    encoder = OneHotEncoder(handle_unknown="ignore")
    model = make_pipeline(encoder, clone(fitted())).fit(table, y)
    query = to_sql(model, "loans", dialect=dialect)
    new = pandas.DataFrame({"a": [*HOSTILE, "unknown", None]}, dtype=object)
    found = scores(run(dialect, query, new))
    np.testing.assert_allclose(found, model.predict_proba(new), atol=1e-5)


def test_one_statement_that_leaves_the_table():
    model = network(np.array(["'; DROP TABLE loans; --", "b"], dtype=object))
    columns = ['"; DROP TABLE loans; --', "b"]
    query = to_sql(model, "loans", columns=columns, dialect="sqlite")
    connection = sqlite3.connect(":memory:")
    fields = ", ".join(map(identifier, columns))
    connection.execute(f"CREATE TABLE loans ({fields})")
    # As several statements, which ``execute`` alone would not take.
    connection.executescript(query)
    assert survives(connection, "loans")
    connection.close()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_as_they_are(value):
    with sqlite3.connect(":memory:") as connection:
        (found,) = connection.execute(f"SELECT {number(value)}").fetchone()
    assert type(found) is float
    assert math.isclose(found, value, rel_tol=1e-15)
    assert float(number(value).strip("()")) == value


@pytest.mark.parametrize("value", [0.1, -1e-300, 5e-324, 1.7976931348623157e308, 3.0])
def test_numbers_are_doubles_in_duckdb(value):
    duckdb = pytest.importorskip("duckdb")
    row = duckdb.execute(f"SELECT {number(value)}, typeof({number(value)})").fetchone()
    assert row == (value, "DOUBLE")


def test_numbers_that_are_none():
    assert number(np.nan) == "NULL"
    with pytest.raises(ValueError, match="infinite"):
        number(-np.inf)


LABELS = {
    "text": np.array(["no", "it's"]),
    "objects": np.array(["", 'a"b'], object),
    "whole": np.array([-3, 7]),
    "small": np.array([1, 200], np.uint8),
    "booleans": np.array([False, True]),
    "booleans as objects": np.array([False, True], object),
    "floats": np.array([0.1, 1e300]),
    "float32": np.array([0.1, 0.2], np.float32),
}


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
@pytest.mark.parametrize("classes", LABELS.values(), ids=LABELS)
def test_labels(classes, dialect):
    model = network(classes)
    query = to_sql(model, "loans", dialect=dialect)
    table = pandas.DataFrame(X, columns=["x0", "x1"])
    assert labels(run(dialect, query, table)).tolist() == model.predict(X).tolist()


def test_whole_numbers_beyond_int64():
    model = network(np.array([3, 2**63 + 5], np.uint64))
    with pytest.raises(ValueError, match="9223372036854775813 is beyond"):
        to_sql(model, "loans", dialect="sqlite")
    query = to_sql(model, "loans", dialect="duckdb")
    table = pandas.DataFrame(X, columns=["x0", "x1"])
    assert labels(run("duckdb", query, table)).tolist() == model.predict(X).tolist()


@pytest.mark.parametrize(
    ("classes", "error", "message"),
    [
        (
            np.array(["2020-01-01", "2021-01-01"], "datetime64[D]"),
            TypeError,
            "datetime64",
        ),
        (np.array([1, 2], "timedelta64[s]"), TypeError, "timedelta64"),
        (np.array([b"a", b"b"]), TypeError, "bytes"),
        (np.array(["a\0", "b"], object), ValueError, "NUL"),
        (np.array(["a", "\ud800"], object), ValueError, "surrogate"),
        (np.array(["a", "A"], object), ValueError, "Two columns"),
    ],
)
def test_labels_that_are_refused(classes, error, message):
    model = network(classes)
    with pytest.raises(error, match=message):
        to_sql(model, "loans")


def test_names_that_postgres_would_cut_off():
    model = network(np.array(["a", "ü" * 30], dtype=object))
    with pytest.raises(ValueError, match="longer than the 63 bytes"):
        to_sql(model, "loans", dialect="postgres")
    assert to_sql(model, "loans", dialect="duckdb")


def test_literals_of_subclasses():
    assert literal(np.str_("a"), DIALECTS["ansi"]) == "'a'"
    assert literal(np.int8(-3), DIALECTS["ansi"]) == "-3"


@pytest.mark.parametrize("n_terms", [1, 2, 100, 101, 25_000])
def test_long_sums_are_not_deep(n_terms):
    with sqlite3.connect(":memory:") as connection:
        query = f"SELECT {chained(['1'] * n_terms, '+')}"
        assert connection.execute(query).fetchone() == (n_terms,)
