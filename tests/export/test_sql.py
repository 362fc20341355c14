"""Networks as queries: what they give, read and refuse."""

import re
import sqlite3
import sys
from contextlib import closing

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sql_engines import labels, run, scores

from skprune import (
    PrunedLSTMClassifier,
    PrunedMLPClassifier,
    PrunedMLPRegressor,
    PruningTransformer,
)
from skprune.export import to_sql
from skprune.preprocessing import make_tabular_preprocessor

pandas = pytest.importorskip("pandas")

# Networks are trained for a few epochs only.
pytestmark = pytest.mark.filterwarnings("ignore:.*hasn't converged yet")

SHORT = {"max_iter": 8, "random_state": 0}
X = np.random.default_rng(0).normal(size=(200, 6))
Y = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int)
TABLE = pandas.DataFrame(X, columns=[f"x{i}" for i in range(6)])
IRIS = load_iris(return_X_y=True)

CLASSIFIERS = {
    "relu": PrunedMLPClassifier((16,), **SHORT),
    "tanh": PrunedMLPClassifier((8, 4), "tanh", sparsity=0.5, **SHORT),
    "logistic": PrunedMLPClassifier((8,), "logistic", **SHORT),
    "identity": PrunedMLPClassifier((8,), "identity", **SHORT),
    "no hidden units": PrunedMLPClassifier((), **SHORT),
    "networks": PrunedMLPClassifier((8,), n_networks=3, **SHORT),
    "few bits": PrunedMLPClassifier((8,), n_bits=4, **SHORT),
    "units": PrunedMLPClassifier((16,), granularity="unit", sparsity=0.5, **SHORT),
    "features": PrunedMLPClassifier((8,), granularity="feature", sparsity=0.6, **SHORT),
    "dense": PrunedMLPClassifier((120,), sparsity=0, **SHORT),
}
REGRESSORS = {
    "squared": PrunedMLPRegressor((8,), **SHORT),
    "poisson": PrunedMLPRegressor((8,), "tanh", loss="poisson", **SHORT),
    "quantile": PrunedMLPRegressor((8,), loss="quantile", **SHORT),
    "networks": PrunedMLPRegressor((8,), n_networks=2, **SHORT),
}


def close(given, expected):
    assert_allclose(given, expected, atol=1e-5 * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb", "ansi"])
@pytest.mark.parametrize("model", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_classifiers(model, dialect):
    model.fit(X, np.array(["no", "yes"])[Y])
    found = run(dialect, to_sql(model, "loans", dialect=dialect), TABLE)
    assert found[0] == ["probability_no", "probability_yes", "label"]
    close(scores(found), model.predict_proba(X))
    assert_array_equal(labels(found), model.predict(X))


@pytest.mark.parametrize("n_networks", [1, 2])
@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_many_classes(dialect, n_networks):
    model = PrunedMLPClassifier((8,), n_networks=n_networks, **SHORT).fit(*IRIS)
    table = pandas.DataFrame(IRIS[0], columns=["x0", "x1", "x2", "x3"])
    found = run(dialect, to_sql(model, "loans", dialect=dialect), table)
    assert found[0][2:] == ["probability_2", "label"]
    close(scores(found), model.predict_proba(IRIS[0]))
    assert_array_equal(labels(found).astype(int), model.predict(IRIS[0]))


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_many_labels(dialect):
    model = PrunedMLPClassifier((8,), **SHORT).fit(X, np.c_[Y, X[:, 2] > 0].astype(int))
    names, rows = run(dialect, to_sql(model, "loans", dialect=dialect), TABLE)
    assert names == ["probability_0", "probability_1", "label_0", "label_1"]
    close(np.array(rows)[:, :2], model.predict_proba(X))
    assert_array_equal(np.array(rows)[:, 2:], model.predict(X))


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
@pytest.mark.parametrize("model", REGRESSORS.values(), ids=REGRESSORS)
def test_regressors(model, dialect):
    model.fit(X, 1e4 * np.abs(X[:, 0]))
    found = run(dialect, to_sql(model, "loans", dialect=dialect), TABLE)
    assert found[0] == ["prediction"]
    close(scores(found)[:, 0], model.predict(X))


def test_several_targets():
    model = PrunedMLPRegressor((8,), **SHORT).fit(X, X[:, :2])
    found = run("sqlite", to_sql(model, "loans", dialect="sqlite"), TABLE)
    assert found[0] == ["prediction_0", "prediction_1"]
    close(scores(found), model.predict(X))


@pytest.mark.parametrize("activation", ["tanh", "logistic"])
@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_numbers_far_away_saturate(activation, dialect):
    model = PrunedMLPClassifier((8,), activation, **SHORT).fit(X, Y)
    far = TABLE * 1e30
    found = run(dialect, to_sql(model, "loans", dialect=dialect), far)
    close(scores(found), model.predict_proba(far.to_numpy()))


def test_only_the_columns_that_are_read():
    model = CLASSIFIERS["features"].fit(TABLE, Y)
    read = set(model._predictor.columns_read.tolist())
    assert len(read) < 6
    query = to_sql(model, "loans", key="id", dialect="sqlite")
    assert set(re.findall(r't\."(\w+)"', query)) == {"id"} | {f"x{i}" for i in read}


def test_a_key_comes_first():
    model = CLASSIFIERS["relu"].fit(TABLE, Y)
    ids = [f"#{i}" for i in range(len(TABLE))]
    table = TABLE.assign(id=ids, label=3)
    for key, columns in [("id", ["id"]), (["x2", "id"], ["x2", "id"])]:
        query = to_sql(model, "loans", key=key, dialect="sqlite")
        names, rows = run("sqlite", query, table)
        assert names[: len(columns)] == columns
        assert [row[: len(columns)] for row in rows] == [
            tuple(row) for row in table[columns].itertuples(index=False)
        ]


def test_columns_by_other_names():
    model = CLASSIFIERS["relu"].fit(TABLE, Y)
    letters = dict(zip(TABLE, "abcdef", strict=True))
    table = TABLE.rename(columns=letters)
    for columns in (list("abcdef"), letters):
        query = to_sql(model, "loans", columns=columns, dialect="sqlite")
        close(scores(run("sqlite", query, table)), model.predict_proba(TABLE))
    some = to_sql(model, "loans", columns={"x1": "b"}, dialect="sqlite")
    table = TABLE.rename(columns={"x1": "b"})
    close(scores(run("sqlite", some, table)), model.predict_proba(TABLE))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dialect": "oracle"}, "dialect must be one of"),
        ({"columns": ["a"]}, "columns must name 6 columns"),
        ({"columns": "abcdef"}, "columns must name 6 columns"),
        ({"columns": {"y": "a"}}, r"names \['y'\], which the estimator"),
        ({"columns": list("aabcde")}, "twice"),
        ({"columns": {"x1": "x0"}}, "twice"),
        ({"key": "label"}, "Two columns of the result .* 'label'"),
        ({"key": "LABEL"}, "Two columns of the result"),
        ({"key": ["a", "a"]}, "Two columns of the result .* 'a'"),
        ({"table": ""}, "can't be empty"),
        ({"key": "a\0"}, "NUL"),
        ({"columns": ["a\0", *"bcdef"]}, "NUL"),
        ({"table": "\ud800"}, "surrogate"),
    ],
)
def test_what_is_asked_in_vain(given, message):
    model = PrunedMLPClassifier((8,), sparsity=0, **SHORT).fit(TABLE, Y)
    with pytest.raises(ValueError, match=message):
        to_sql(model, **({"table": "loans"} | given))


def test_what_cannot_be_a_query():
    with pytest.raises(NotFittedError):
        to_sql(PrunedMLPClassifier(), "loans")
    with pytest.raises(TypeError, match="not LogisticRegression"):
        to_sql(LogisticRegression().fit(X, Y), "loans")
    lstm = PrunedLSTMClassifier((4,), dense_layer_sizes=(), **SHORT).fit(X, Y)
    with pytest.raises(TypeError, match="Only multi-layer .* not PrunedLSTMClassifier"):
        to_sql(lstm, "loans")


def words():
    table = pandas.DataFrame({"word": ["a", "b", "c", "d"] * 50, "x": X[:, 0]})
    return table, Y


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_rows_that_the_estimator_refuses_have_no_scores(dialect):
    table, y = words()
    prepare = make_tabular_preprocessor()
    prepare.set_params(categories__onehotencoder__handle_unknown="error")
    network = PrunedMLPClassifier((8,), sparsity=0, **SHORT)
    model = make_pipeline(prepare, network).fit(table, y)
    new = pandas.DataFrame(
        {
            "word": ["a", "new", None, "b", "b"],
            "x": [0.5, 0.5, 0.5, np.inf, np.nan],
        }
    )
    _, rows = run(dialect, to_sql(model, "loans", dialect=dialect), new)
    assert [row[0] is None for row in rows] == [False, True, True, True, False]
    assert all((row[0] is None) == (row[2] is None) for row in rows)
    close(
        np.array(rows)[[0, 4], :2].astype(float), model.predict_proba(new.loc[[0, 4]])
    )


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_an_unknown_level_is_refused_before_it_is_filled(dialect):
    table, y = words()
    codes = OrdinalEncoder(encoded_missing_value=np.nan)
    network = PrunedMLPClassifier((8,), sparsity=0, **SHORT)
    table.loc[5, "word"] = None
    model = make_pipeline(codes, SimpleImputer(), network).fit(table[["word"]], y)
    new = pandas.DataFrame({"word": ["a", "new", None]})
    _, rows = run(dialect, to_sql(model, "loans", dialect=dialect), new)
    assert [row[0] is None for row in rows] == [False, True, False]


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_gap_that_nothing_fills_has_no_score(n_classes, activation, dialect):
    network = PrunedMLPClassifier((4,), activation, sparsity=0, **SHORT)
    y = np.arange(200) % n_classes
    model = make_pipeline(StandardScaler(), network).fit(TABLE, y)
    new = TABLE[:6].mask(np.eye(6, dtype=bool))
    _, rows = run(dialect, to_sql(model, "loans", dialect=dialect), new)
    assert all(value is None for row in rows for value in row)


def test_text_among_numbers_is_refused_in_sqlite():
    """It keeps text in any column, and would count it as 0."""
    model = PrunedMLPClassifier((4,), sparsity=0, **SHORT).fit(TABLE, Y)
    query = to_sql(model, "loans", dialect="sqlite")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE loans (x0, x1, x2, x3, x4, x5)")
        rows = [(1, 2.0, 3, 4, 5, 6), (1, 2.0, 3, "", 5, 6), (1, 2, 3, "4", 5, 6)]
        connection.executemany("INSERT INTO loans VALUES (?, ?, ?, ?, ?, ?)", rows)
        found = connection.execute(query).fetchall()
    close(
        found[0][:2],
        model.predict_proba(pandas.DataFrame(rows[:1], columns=TABLE.columns))[0],
    )
    assert found[1:] == [(None, None, None)] * 2


def test_a_column_that_the_table_lacks_is_an_error():
    """SQLite would take a name alone for a text, and a text for the number 0."""
    model = PrunedMLPClassifier((4,), sparsity=0, **SHORT).fit(TABLE, Y)
    query = to_sql(model, "loans", dialect="sqlite")
    with pytest.raises(sqlite3.OperationalError, match="no such column: t.x5"):
        run("sqlite", query, TABLE.drop(columns="x5"))


def test_not_a_number_is_missing():
    duckdb = pytest.importorskip("duckdb")
    model = make_pipeline(
        SimpleImputer(), PrunedMLPClassifier((4,), sparsity=0, **SHORT)
    ).fit(TABLE, Y)
    query = to_sql(model, "loans", dialect="duckdb")
    with duckdb.connect(":memory:") as connection:
        columns = ", ".join(f"CAST('NaN' AS DOUBLE) AS x{i}" for i in range(6))
        connection.execute(f"CREATE TABLE loans AS SELECT {columns}")
        found = connection.execute(query).fetchone()
    close(found[1], model.predict_proba(TABLE[:1] * np.nan)[0, 1])


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_a_table_may_be_called_as_a_step_is(dialect):
    model = CLASSIFIERS["relu"].fit(TABLE, Y)
    for name in ("step0", "STEP1", "step_", "t"):
        found = run(dialect, to_sql(model, name, dialect=dialect), TABLE, name)
        close(scores(found), model.predict_proba(TABLE))


def test_a_table_in_a_schema():
    duckdb = pytest.importorskip("duckdb")
    model = CLASSIFIERS["relu"].fit(TABLE, Y)
    query = to_sql(model, ("risk", "loans"), dialect="duckdb")
    with duckdb.connect(":memory:") as connection:
        connection.execute("CREATE SCHEMA risk; CREATE TABLE risk.loans (x0 DOUBLE)")
        for name in TABLE.columns[1:]:
            connection.execute(f"ALTER TABLE risk.loans ADD COLUMN {name} DOUBLE")
        assert connection.execute(query).fetchall() == []


@pytest.mark.parametrize(
    "steps",
    [
        [OrdinalEncoder(), SimpleImputer()],
        [
            OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
            StandardScaler(),
        ],
        [OneHotEncoder(), StandardScaler(with_mean=False)],
    ],
    ids=["strict", "not a number", "dummies"],
)
def test_encoders_that_refuse_some_rows_are_checked_on_others(steps):
    table, y = words()
    network = PrunedMLPClassifier((4,), sparsity=0, **SHORT)
    model = make_pipeline(*steps, network).fit(table[["word"]], y)
    query = to_sql(model, "loans", dialect="sqlite")
    new = pandas.DataFrame({"word": ["a", "new", "d"]})
    found = scores(run("sqlite", query, new))
    assert np.isnan(found[1]).all()
    close(found[[0, 2]], model.predict_proba(new.loc[[0, 2]]))


@pytest.mark.parametrize("missing", [None, np.nan])
@pytest.mark.parametrize(
    "steps",
    [
        lambda missing: [OneHotEncoder()],
        lambda missing: [
            SimpleImputer(missing_values=missing, strategy="most_frequent"),
            OneHotEncoder(),
        ],
        lambda missing: [OrdinalEncoder(), SimpleImputer(add_indicator=True)],
    ],
    ids=["level", "filled", "filled codes"],
)
def test_gaps_of_either_kind_are_null(steps, missing):
    """Encoders and imputers tell None from NaN."""
    table, y = words()
    table = table[["word"]].astype(object)
    table.iloc[::7, 0] = missing
    network = PrunedMLPClassifier((4,), sparsity=0, **SHORT)
    model = make_pipeline(*steps(missing), network).fit(table, y)
    query = to_sql(model, "loans", dialect="sqlite")
    close(scores(run("sqlite", query, table)), model.predict_proba(table))


def test_levels_of_other_types():
    codes = np.arange(200) % 3
    table = pandas.DataFrame({"code": codes, "flag": Y == 1})
    model = make_pipeline(
        OneHotEncoder(), PrunedMLPClassifier((4,), sparsity=0, **SHORT)
    ).fit(table, Y)
    query = to_sql(model, "loans", dialect="sqlite")
    close(scores(run("sqlite", query, table.astype(int))), model.predict_proba(table))


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_a_pipeline_that_prunes_its_inputs(dialect):
    """Its check needs rows that the encoder takes, though nothing of it is left."""
    table, y = words()
    table["x"] += 3 * y
    table["code"] = np.arange(200) % 2
    columns = make_column_transformer(
        (OneHotEncoder(), ["word", "code"]),
        (StandardScaler(), ["x", "code"]),
        sparse_threshold=0,
    )
    model = make_pipeline(
        columns,
        PruningTransformer(n_features_to_select=1),
        PrunedMLPClassifier((4,), sparsity=0, **SHORT),
    ).fit(table, y)
    query = to_sql(model, "loans", dialect=dialect)
    assert set(re.findall(r't\."(\w+)"', query)) == {"x"}
    close(scores(run(dialect, query, table[["x"]])), model.predict_proba(table))


def test_a_query_that_differs_is_not_handed_out(monkeypatch):
    model = CLASSIFIERS["relu"].fit(X, Y)
    monkeypatch.setattr(
        type(model), "predict_proba", lambda self, X: np.full((len(X), 2), 0.5)
    )
    with pytest.raises(RuntimeError, match="SQL model differs from the estimator"):
        to_sql(model, "loans")


def test_labels_that_differ_are_not_handed_out(monkeypatch):
    model = CLASSIFIERS["relu"].fit(X, Y)
    monkeypatch.setattr(type(model), "predict", lambda self, X: np.full(len(X), 2))
    with pytest.raises(RuntimeError, match="SQL model's labels differ"):
        to_sql(model, "loans")


@pytest.mark.parametrize("dialect", ["ansi", "postgres", "duckdb"])
def test_without_duckdb_the_arithmetic_is_run_in_sqlite(dialect, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    model = CLASSIFIERS["relu"].fit(X, Y)
    assert to_sql(model, "loans", dialect=dialect)
    monkeypatch.setattr(type(model), "predict", lambda self, X: np.full(len(X), 2))
    with pytest.raises(RuntimeError, match="SQL model's labels differ"):
        to_sql(model, "loans", dialect=dialect)


def test_a_query_too_large_for_its_engine_is_an_error():
    wide = PrunedMLPClassifier((2100,), sparsity=0, max_iter=1, random_state=0)
    with pytest.raises(RuntimeError, match="doesn't run in sqlite3: too many columns"):
        to_sql(wide.fit(X, Y), "loans", dialect="sqlite")
