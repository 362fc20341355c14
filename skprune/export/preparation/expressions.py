"""Columns as typed plain data: what each is computed of, and how.

An expression has a value in each row, a number or text, or none where something is
missing. They are compared and hashed by value, so that a part which many columns share
is one. What each means, its counterpart in ``scoring_file/records.py`` computes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

Level = str | float


@dataclass(frozen=True)
class Raw:
    """A column of the table, as yet of no type."""

    position: int


@dataclass(frozen=True)
class Number:
    """A column of the table, read as numbers."""

    position: int


@dataclass(frozen=True)
class Text:
    """A column of the table, read as text."""

    position: int


@dataclass(frozen=True)
class Filled:
    """x, and a value where it is missing."""

    x: "Expression"
    value: Level


@dataclass(frozen=True)
class Missing:
    """1 where x is missing, 0 elsewhere."""

    x: "Expression"


@dataclass(frozen=True)
class Arithmetic:
    """x and a number, by one of the operators ``+ - * /``."""

    x: "Expression"
    operator: str
    number: float


@dataclass(frozen=True)
class Clipped:
    """x, or the nearer bound where it lies outside."""

    x: "Expression"
    lower: float
    upper: float


@dataclass(frozen=True)
class Curve:
    """A piecewise linear function of x, which may jump at its knots.

    Attributes
    ----------
    knots : tuple of float
        Ascending.
    left, at, right : tuple of float
        Of each knot the limit from below, the value, and the limit from above.
    below, above : float
        Slopes before the first knot and behind the last.
    """

    x: "Expression"
    knots: tuple[float, ...]
    left: tuple[float, ...]
    at: tuple[float, ...]
    right: tuple[float, ...]
    below: float = 0.0
    above: float = 0.0

    @classmethod
    def of(
        cls,
        x: "Expression",
        knots: Iterable[float],
        left: Iterable[float],
        at: Iterable[float],
        right: Iterable[float],
        **slopes: float,
    ) -> "Curve":
        """Return a curve of arrays."""
        ends = [tuple(map(float, each)) for each in (knots, left, at, right)]
        return cls(x, ends[0], ends[1], ends[2], ends[3], **slopes)


@dataclass(frozen=True)
class NormalQuantile:
    """The quantile of the standard normal distribution at x, in (0, 1)."""

    x: "Expression"


@dataclass(frozen=True)
class Lookup:
    """A number for each level of x.

    Attributes
    ----------
    levels : tuple of str or float
    values : tuple of float
        The levels' own; NaN is a missing value.
    missing, other : float or None
        Where x is missing, and where it is no level; None where that is refused.
    """

    x: "Expression"
    levels: tuple[Level, ...]
    values: tuple[float, ...]
    missing: float | None
    other: float | None


Leaf = Raw | Number | Text
Expression = (
    Leaf | Filled | Missing | Arithmetic | Clipped | Curve | NormalQuantile | Lookup
)


class Preparation(NamedTuple):
    """What is done to a table before a network reads it.

    Attributes
    ----------
    names : tuple of str
        Of the table's columns.
    outputs : tuple of Expression
        The columns that the network sees.
    dropped : tuple of Expression
        Columns that were prepared and then pruned.
    nones : frozenset of int
        Columns of the table whose missing values are None and not NaN.
    """

    names: tuple[str, ...]
    outputs: tuple[Expression, ...]
    dropped: tuple[Expression, ...] = ()
    nones: frozenset[int] = frozenset()

    def reading(self, places: Iterable[int]) -> "Preparation":
        """Return the preparation of some of its outputs alone."""
        return self._replace(outputs=tuple(self.outputs[i] for i in places))


def as_number(x: Expression) -> Expression:
    """Read a column of the table as numbers."""
    return Number(x.position) if isinstance(x, Raw) else x


def as_text(x: Expression) -> Expression:
    """Read a column of the table as text."""
    return Text(x.position) if isinstance(x, Raw) else x


def leaf_of(x: Expression) -> Leaf:
    """Return the column of the table that an expression is of."""
    while not isinstance(x, Raw | Number | Text):
        x = x.x
    return x


def parts(outputs: Iterable[Expression]) -> Iterator[Expression]:
    """Yield each part of the expressions once, operands first."""
    seen: set[Expression] = set()
    for output in outputs:
        chain = [output]
        while not isinstance(chain[-1], Raw | Number | Text):
            chain.append(chain[-1].x)
        for part in reversed(chain):
            if part not in seen:
                seen.add(part)
                yield part


def as_records(outputs: Iterable[Expression]) -> list[dict[str, Any]]:
    """Return the parts as dicts that JSON holds; ``x`` is the operand's place."""
    places: dict[Expression, int] = {}
    records = []
    for part in parts(outputs):
        record: dict[str, Any] = {"kind": type(part).__name__}
        for field in fields(part):
            value = getattr(part, field.name)
            record[field.name] = places[value] if field.name == "x" else value
        places[part] = len(places)
        records.append(record)
    return records
