"""Expressions of a preparation as columns of a query."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from skprune.export.preparation.expressions import (
    Arithmetic,
    Clipped,
    Curve,
    Expression,
    Filled,
    Leaf,
    Level,
    Lookup,
    Missing,
    NormalQuantile,
    Number,
    Text,
    parts,
)
from skprune.export.scoring_file.records import CENTRAL, CENTRE, SHIFT, TAIL
from skprune.export.sql.curves import curve
from skprune.export.sql.dialects import Dialect, chained, number, text
from skprune.export.sql.query import Query

LARGEST = number(float(np.finfo(np.float64).max))

Written = tuple[str, list[str]]
"""An expression's text, and the names of the columns in it."""


class Columns:
    """Writes expressions into a query, each once.

    Parameters
    ----------
    query : Query
    names : dict of int to str
        The quoted columns of the table, by their positions.
    dialect : Dialect
    """

    def __init__(self, query: Query, names: dict[int, str], dialect: Dialect):
        self.query, self.dialect = query, dialect
        self._names = names
        self._added: dict[Expression, str] = {}

    def named(self, x: Expression) -> str:
        """Return the name of an expression's column, which is added where it isn't."""
        if x not in self._added:
            self._added[x] = self.query.column(*self._written(x))
        return self._added[x]

    def valid(self, outputs: Iterable[Expression]) -> str | None:
        """Add a column that is 1 where the estimator takes the row, and name it.

        It refuses infinite numbers, and levels that are not known. If none can be
        refused, there is no column.
        """
        demands: dict[str, str] = {}
        for part in parts(outputs):
            if isinstance(part, Number):
                x = self.named(part)
                demands[f"({x} IS NULL OR ABS({x}) <= {LARGEST})"] = x
            elif isinstance(part, Lookup) and part.other is None:
                x = self.named(part.x)
                demands[_known(x, part)] = x
        if not demands:
            return None
        return self.query.column(
            f"CASE WHEN {chained(list(demands), 'AND')} THEN 1 ELSE 0 END",
            list(demands.values()),
        )

    def operand(self, x: Expression) -> Written:
        """Return an expression for a place that reads it once."""
        if isinstance(x, Arithmetic):
            written, reads = self._written(x)
            return f"({written})", reads
        return self.named(x), [self.named(x)]

    def _written(self, x: Expression) -> Written:
        return _WRITERS[type(x)](self, x)

    def read(self, leaf: Leaf) -> Written:
        """Return a column of the table."""
        name = self._names[leaf.position]
        as_text = isinstance(leaf, Text)
        form = self.dialect.text if as_text else self.dialect.number
        return form.format(name), []


def _filled(columns: Columns, part: Filled) -> Written:
    x, reads = columns.operand(part.x)
    return f"COALESCE({x}, {_level(part.value)})", reads


def _missing(columns: Columns, part: Missing) -> Written:
    x, reads = columns.operand(part.x)
    flag = f"CASE WHEN {x} IS NULL THEN 1e0 ELSE 0e0 END"
    return columns.dialect.double.format(flag), reads


def _arithmetic(columns: Columns, part: Arithmetic) -> Written:
    x, reads = columns.operand(part.x)
    return f"{x} {part.operator} {number(part.number)}", reads


def _clipped(columns: Columns, part: Clipped) -> Written:
    x, lower, upper = columns.named(part.x), number(part.lower), number(part.upper)
    return (
        f"CASE WHEN {x} < {lower} THEN {lower} WHEN {x} > {upper} THEN {upper} "
        f"ELSE {x} END"
    ), [x]


def _curve(columns: Columns, part: Curve) -> Written:
    x = columns.named(part.x)
    return columns.dialect.double.format(curve(x, part)), [x]


def _lookup(columns: Columns, part: Lookup) -> Written:
    """Write the levels of each value together, but for those of all others."""
    x = columns.named(part.x)
    levels: dict[str, list[Level]] = {}
    for level, value in zip(part.levels, part.values, strict=True):
        levels.setdefault(_optional(value), []).append(level)
    other, missing = _optional(part.other), _optional(part.missing)
    levels.pop(other, None)
    cases = [f"WHEN {x} IN {_listed(held)} THEN {v}" for v, held in levels.items()]
    if missing != other:
        cases.insert(0, f"WHEN {x} IS NULL THEN {missing}")
    looked_up = f"CASE {' '.join(cases)} ELSE {other} END" if cases else other
    return columns.dialect.double.format(looked_up), [x]


def _normal_quantile(columns: Columns, part: NormalQuantile) -> Written:
    """Write AS 241, of which ``scoring_file/records.py`` has the coefficients."""
    p = columns.named(part.x)
    low, high = number(0.5 - CENTRE), number(0.5 + CENTRE)
    tail = f"CASE WHEN {p} < 5e-1 THEN {p} ELSE 1e0 - {p} END"
    r = columns.query.column(
        f"CASE WHEN {p} BETWEEN {low} AND {high} "
        f"THEN {number(CENTRE**2)} - ({p} - 5e-1) * ({p} - 5e-1) "
        f"ELSE SQRT(-LN({tail})) - {number(SHIFT)} END",
        [p],
    )
    size = _ratio(TAIL, r)
    return (
        f"CASE WHEN {p} BETWEEN {low} AND {high} THEN ({p} - 5e-1) * "
        f"{_ratio(CENTRAL, r)} WHEN {p} < 5e-1 THEN -{size} ELSE {size} END"
    ), [p, r]


def _ratio(coefficients: tuple[tuple[float, ...], ...], x: str) -> str:
    over, under = (_polynomial(each, x) for each in coefficients)
    return f"({over} / {under})"


def _polynomial(coefficients: tuple[float, ...], x: str) -> str:
    out = number(coefficients[0])
    for coefficient in coefficients[1:]:
        out = f"({out} * {x} + {number(coefficient)})"
    return out


def _known(x: str, part: Lookup) -> str:
    known = [] if part.missing is None else [f"{x} IS NULL"]
    known += [f"{x} IN {_listed(part.levels)}"] if part.levels else []
    return f"({' OR '.join(known or ['1 = 0'])})"


def _listed(levels: Iterable[Level]) -> str:
    return f"({', '.join(map(_level, levels))})"


def _level(level: Level) -> str:
    return text(level) if isinstance(level, str) else number(level)


def _optional(value: float | None) -> str:
    return "NULL" if value is None else number(value)


_WRITERS: dict[type, Callable[[Columns, Any], Written]] = {
    Number: Columns.read,
    Text: Columns.read,
    Filled: _filled,
    Missing: _missing,
    Arithmetic: _arithmetic,
    Clipped: _clipped,
    Curve: _curve,
    NormalQuantile: _normal_quantile,
    Lookup: _lookup,
}
