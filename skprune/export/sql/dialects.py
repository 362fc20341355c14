"""How the dialects of SQL write names, numbers, text and types."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Dialect:
    """What dialects differ in.

    Attributes
    ----------
    number, text : str
        A column read as numbers, or as text, as a format of its name.
    double : str
        A number computed of constants, likewise.
    materialized : str
        What keeps an engine from writing a step into each place that reads it.
    largest_integer : int or None
        Beyond which whole numbers become floats.
    longest_name : int or None
        In bytes; of longer names the rest is cut off.
    """

    number: str
    text: str
    double: str = "{}"
    materialized: str = ""
    largest_integer: int | None = None
    longest_name: int | None = None


DIALECTS = {
    "ansi": Dialect("CAST({} AS DOUBLE PRECISION)", "{}"),
    "sqlite": Dialect(
        # Columns have values of any type, and a text would count as 0: it becomes
        # infinite, which no number may be.
        "CASE WHEN typeof({0}) IN ('text', 'blob') THEN 9e999 "
        "ELSE CAST({0} AS REAL) END",
        "CAST({} AS TEXT)",
        materialized="MATERIALIZED ",
        largest_integer=2**63 - 1,
    ),
    "duckdb": Dialect(
        "NULLIF(CAST({} AS DOUBLE), CAST('NaN' AS DOUBLE))", "CAST({} AS VARCHAR)"
    ),
    "postgres": Dialect(
        "NULLIF(CAST({} AS double precision), 'NaN')",
        "CAST({} AS text)",
        # A constant is an exact decimal there, with which all is slow.
        double="CAST({} AS double precision)",
        materialized="MATERIALIZED ",
        longest_name=63,
    ),
}


def identifier(name: str) -> str:
    """Quote a name.

    Raises
    ------
    ValueError
        If SQL has no way to write it.
    """
    if not name:
        raise ValueError("A name in SQL can't be empty.")
    return '"' + _writable(name).replace('"', '""') + '"'


def text(value: str) -> str:
    """Quote a text.

    Raises
    ------
    ValueError
        If SQL has no way to write it.
    """
    return "'" + _writable(value).replace("'", "''") + "'"


def number(value: float) -> str:
    """Write a number so that reading it gives the same float64.

    It has an exponent, without which standard SQL takes it for an exact decimal.

    Raises
    ------
    ValueError
        If it is infinite.
    """
    if math.isnan(value):
        return "NULL"
    if math.isinf(value):
        raise ValueError("An infinite number can't be written in SQL.")
    digits = repr(float(value))
    written = digits if "e" in digits else f"{digits.removesuffix('.0')}e0"
    # In parentheses, for two signs in a row would start a comment.
    return f"({written})" if written.startswith("-") else written


def literal(value: Any, dialect: Dialect) -> str:
    """Write a class label.

    Raises
    ------
    TypeError
        If it is neither text, a number nor a boolean.
    ValueError
        If SQL, or the dialect, has no way to write it.
    """
    if isinstance(value, str):
        return text(str(value))
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | np.integer) and not isinstance(value, np.timedelta64):
        largest = dialect.largest_integer
        if largest is not None and not -largest <= int(value) <= largest:
            raise ValueError(
                f"The label {value} is beyond the whole numbers of this dialect of SQL."
            )
        return str(int(value))
    if isinstance(value, float | np.floating):
        return number(float(value))
    raise TypeError(
        "Labels can be written in SQL if they are text, numbers or booleans, not "
        f"{type(value).__name__}."
    )


def chained(terms: list[str], operator: str) -> str:
    """Join terms, many of them in groups: engines limit how deep an expression is."""
    while len(terms) > GROUP:
        groups = [terms[i : i + GROUP] for i in range(0, len(terms), GROUP)]
        terms = ["(" + f" {operator} ".join(group) + ")" for group in groups]
    return f" {operator} ".join(terms)


GROUP = 100


def _writable(value: str) -> str:
    if "\0" in value:
        raise ValueError(f"{value!r} holds a NUL character, which SQL can't write.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"{value!r} holds half of a surrogate pair, which SQL can't write."
        ) from None
    return value
