"""The query of a network: what it reads, computes and selects."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from skprune.export.preparation.expressions import Expression, Preparation, leaf_of
from skprune.export.source import Source
from skprune.export.sql.columns import Columns
from skprune.export.sql.dialects import DIALECTS, Dialect, identifier, literal
from skprune.export.sql.network import most, network_outputs
from skprune.export.sql.query import Query


class Names(NamedTuple):
    """What the query reads, by name.

    Attributes
    ----------
    table : tuple of str
        Its parts: a schema, say, and the table.
    columns : tuple of str
        Of the table, in the order of the estimator's.
    key : tuple of str
    """

    table: tuple[str, ...]
    columns: tuple[str, ...]
    key: tuple[str, ...]


class Statement:
    """A network behind its preparation, over a table.

    Parameters
    ----------
    preparation : Preparation
    source : Source
    names : Names
    """

    def __init__(self, preparation: Preparation, source: Source, names: Names):
        self.preparation, self.source, self.names = preparation, source, names

    @property
    def outputs_read(self) -> dict[int, Expression]:
        """The preparation's outputs that the network reads, by their places."""
        read = {
            int(i)
            for network in self.source.networks
            for i in network.columns[network.layers[0][0].any(axis=1)]
        }
        return {i: self.preparation.outputs[i] for i in sorted(read)}

    @property
    def positions_read(self) -> list[int]:
        """Places of the table's columns that the query reads."""
        return sorted({leaf_of(x).position for x in self.outputs_read.values()})

    def write(self, dialect: str) -> str:
        """Return the query.

        Raises
        ------
        TypeError, ValueError
            If a name or a label can't be written.
        """
        spelling = DIALECTS[dialect]
        query, table = Query(), ".".join(map(identifier, self.names.table))
        keys = [query.column(f"t.{identifier(name)}") for name in self.names.key]
        scores = self._scores(query, spelling)
        query.keep([*keys, *scores])
        selected = [
            *zip(keys, self.names.key, strict=True),
            *selections(self.source, scores, spelling),
        ]
        _demand_distinct([name for _, name in selected], spelling)
        return query.write(
            table,
            _prefix(self.names.table[-1]),
            spelling.materialized,
            [f"{text} AS {identifier(name)}" for text, name in selected],
        )

    def _scores(self, query: Query, dialect: Dialect) -> list[str]:
        """Add the networks' outputs, missing where a row would be refused."""
        names = {
            i: f"t.{identifier(self.names.columns[i])}" for i in self.positions_read
        }
        columns, outputs = Columns(query, names, dialect), self.outputs_read
        inputs = {i: columns.named(x) for i, x in outputs.items()}
        valid = columns.valid(outputs.values())
        scores = network_outputs(query, self.source, inputs)
        if valid is None:
            return scores
        return [
            query.column(f"CASE WHEN {valid} = 1 THEN {one} END", [valid, one])
            for one in scores
        ]


def selections(
    source: Source, scores: list[str], dialect: Dialect
) -> list[tuple[str, str]]:
    """Return what is selected, each an expression and its name."""
    if source.kind == "regressor":
        names = [f"prediction_{i}" for i in range(len(scores))]
        return list(
            zip(scores, names if len(scores) > 1 else ["prediction"], strict=True)
        )
    if source.kind == "multilabel":
        labels = [_above_half(one, "1", "0") for one in scores]
        return _named("probability", scores) + _named("label", labels)
    classes = labels_of(source)
    literals = [literal(label, dialect) for label in classes]
    if source.kind == "binary":
        label = _above_half(scores[0], literals[1], literals[0])
        scores = [f"1e0 - {scores[0]}", scores[0]]
    else:
        label = most(scores, literals)
    names = [f"probability_{one}" for one in classes]
    return [*zip(scores, names, strict=True), (label, "label")]


def labels_of(source: Source) -> list[Any]:
    """Return the classes one by one, of their own types."""
    return list(np.asarray(source.classes))


def _named(what: str, texts: list[str]) -> list[tuple[str, str]]:
    return [(text, f"{what}_{i}") for i, text in enumerate(texts)]


def _above_half(score: str, above: str, below: str) -> str:
    return (
        f"CASE WHEN {score} > 5e-1 THEN {above} WHEN {score} <= 5e-1 THEN {below} END"
    )


def _prefix(table: str) -> str:
    """Return what steps are called, unlike the table that the first of them reads."""
    prefix = "step"
    while table.casefold().startswith(prefix):
        prefix += "_"
    return prefix


def _demand_distinct(names: Iterable[str], dialect: Dialect) -> None:
    """Raise where two columns of the result have one name, as engines see them."""
    seen: set[str] = set()
    for name in names:
        folded = name.casefold()
        if folded in seen:
            raise ValueError(f"Two columns of the result would be called {name!r}.")
        longest = dialect.longest_name
        if longest is not None and len(name.encode()) > longest:
            raise ValueError(
                f"The name {name!r} is longer than the {longest} bytes that this "
                "dialect of SQL keeps of it."
            )
        seen.add(folded)
