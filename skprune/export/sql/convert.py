"""What users call."""

from collections.abc import Mapping, Sequence
from typing import Any

from skprune.export.preparation.steps import preparation_of
from skprune.export.source import demand_perceptron, source_of
from skprune.export.sql.check import check
from skprune.export.sql.dialects import DIALECTS
from skprune.export.sql.statement import Names, Statement


def to_sql(
    estimator: Any,
    table: str | Sequence[str],
    *,
    columns: Sequence[str] | Mapping[str, str] | None = None,
    key: str | Sequence[str] | None = None,
    dialect: str = "ansi",
) -> str:
    """Return a fitted perceptron, or a Pipeline that ends in one, as one SELECT.

    It scores each row of a table by itself. Only the columns that the network reads
    are in it. A row that the estimator would refuse has scores of NULL: one with a
    missing value that nothing stands for, with an infinite number, or with a level
    that an encoder with ``handle_unknown="error"`` doesn't know.

    Parameters
    ----------
    estimator : estimator
        A fitted ``PrunedMLPClassifier`` or ``PrunedMLPRegressor``, or a fitted
        :class:`~sklearn.pipeline.Pipeline` that ends in one. Its steps may be
        scikit-learn's imputer (``SimpleImputer``), scalers (``StandardScaler``,
        ``RobustScaler``, ``MinMaxScaler``, ``MaxAbsScaler``), ``QuantileTransformer``,
        ``SplineTransformer(degree=1)``, encoders (``OneHotEncoder``,
        ``OrdinalEncoder``), selectors and ``ColumnTransformer``,
        :class:`~skprune.PruningTransformer`, and those of
        :func:`~skprune.preprocessing.make_tabular_preprocessor`.
    table : str or sequence of str
        The table's name, or its parts: ``("risk", "loans")``. Each is quoted.
    columns : sequence of str or dict, default=None
        The table's columns, in the order of the estimator's, or by their names; those
        that a dict leaves out have the same name. The default is the names seen in
        ``fit``, and ``x0``, ``x1``, ... where there were none.
    key : str or sequence of str, default=None
        Columns of the table that come first in the result.
    dialect : {"ansi", "sqlite", "duckdb", "postgres"}, default="ansi"
        Which SQL is written. All need EXP, and normal quantiles LN and SQRT as well.

    Returns
    -------
    query : str
        Its columns are the key, then ``probability_<class>`` for each class and
        ``label``; for multilabel targets ``probability_<i>`` and ``label_<i>``; for
        regressors ``prediction``, or ``prediction_<i>`` for each output.

    Raises
    ------
    TypeError
        If the estimator, one of its steps or the type of its labels can't be
        exported.
    ValueError
        If a parameter of a step can't, if a name or label can't be written in the
        dialect, or if names clash.
    RuntimeError
        If the query gives something else than the estimator. It is run on 64 rows made
        of the levels, knots and gaps that the steps know: SQLite's in SQLite, all
        others in DuckDB if it is installed. Without it their arithmetic is run in
        SQLite.

    See Also
    --------
    to_numpy : A scoring file for the same Pipelines.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skprune import PrunedMLPClassifier
    >>> from skprune.export import to_sql
    >>> X = np.array([[1.0, 5.0], [2.0, 4.0], [3.0, 6.0]] * 20)
    >>> network = PrunedMLPClassifier((), n_keep=1, tol=0.01, random_state=0)
    >>> model = make_pipeline(StandardScaler(), network).fit(X, X[:, 0] > 1)
    >>> query = to_sql(model, "loans", columns=["age", "income"], key="id")
    >>> print(query.partition(", step1")[0])
    WITH step0 AS (
      SELECT
        t."id" AS c0,
        CAST(t."age" AS DOUBLE PRECISION) AS c1
      FROM "loans" AS t
    )
    """
    if dialect not in DIALECTS:
        raise ValueError(f"dialect must be one of {list(DIALECTS)}, got {dialect!r}.")
    preparation, network = preparation_of(estimator)
    source = demand_perceptron(source_of(network), network)
    names = Names(
        _listed(table), _renamed(preparation.names, columns), _listed(key or ())
    )
    statement = Statement(preparation, source, names)
    query = statement.write(dialect)
    alone = names._replace(table=names.table[-1:])
    check(Statement(preparation, source, alone), estimator, dialect)
    return query


def _listed(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _renamed(
    names: tuple[str, ...], columns: Sequence[str] | Mapping[str, str] | None
) -> tuple[str, ...]:
    """Return what the table's columns are called."""
    if columns is None:
        return names
    if not isinstance(columns, Mapping):
        columns = dict(zip(names, _of_length(columns, len(names)), strict=True))
    if unknown := sorted(set(columns) - set(names)):
        raise ValueError(f"columns names {unknown}, which the estimator doesn't know.")
    renamed = tuple(columns.get(name, name) for name in names)
    if len(set(renamed)) < len(renamed):
        raise ValueError(f"columns names a column of the table twice: {renamed}.")
    return renamed


def _of_length(columns: Sequence[str], length: int) -> Sequence[str]:
    if isinstance(columns, str) or len(columns) != length:
        raise ValueError(
            f"columns must name {length} columns, one for each that the estimator was "
            "fitted with."
        )
    return columns
