"""Networks as columns of a query."""

from collections.abc import Callable

import numpy as np

from skprune.export.source import Network, Source
from skprune.export.sql.dialects import chained, number
from skprune.export.sql.query import Query
from skprune.inference.activations import n_sorted

BOUND = number(300.0)
"""Exponentials of larger numbers, or of lower ones, don't fit into a float64, or make
products that don't; all that is lost are probabilities below 1e-130."""


def network_outputs(query: Query, source: Source, inputs: dict[int, str]) -> list[str]:
    """Add the networks, and return the columns of their mean outputs.

    Parameters
    ----------
    query : Query
    source : Source
    inputs : dict of int to str
        Columns of the query, by the network's input columns.
    """
    each = [_network(query, source, network, inputs) for network in source.networks]
    if len(each) == 1:
        return each[0]
    n = number(float(len(each)))
    return [
        query.column(f"({chained(list(one), '+')}) / {n}", one)
        for one in zip(*each, strict=True)
    ]


def _network(
    query: Query, source: Source, network: Network, inputs: dict[int, str]
) -> list[str]:
    x = [inputs.get(int(i), "") for i in network.columns]
    activations = [source.activation] * (len(network.layers) - 1)
    for (weight, bias), name in zip(
        network.layers, [*activations, source.out_activation], strict=True
    ):
        sums = [
            _sum(query, x, unit, shift)
            for unit, shift in zip(weight.T, bias, strict=True)
        ]
        n = n_sorted(name)
        x = ACTIVATIONS[name](query, sums) if n is None else _sorted(query, sums, n)
    return x


def _sorted(query: Query, z: list[str], n: int) -> list[str]:
    """Sort each ``n`` neighbouring columns, by exchanging neighbours ``n`` times over.

    References
    ----------
    D. E. Knuth, "The art of computer programming", volume 3, 2nd edition, Addison
    Wesley, 1998: odd-even transposition.
    """
    z = list(z)
    for start in range(0, len(z), n):
        for turn in range(n):
            for i in range(start + turn % 2, start + n - 1, 2):
                both = z[i], z[i + 1]
                z[i : i + 2] = [
                    query.column(form.format(*both), both)
                    for form in (
                        "CASE WHEN {0} > {1} THEN {1} ELSE {0} END",
                        "CASE WHEN {0} > {1} THEN {0} ELSE {1} END",
                    )
                ]
    return z


def _sum(query: Query, x: list[str], weight: np.ndarray, bias: float) -> str:
    """Add a unit's weighted sum; what was pruned has no term."""
    read = np.flatnonzero(weight).tolist()
    terms = [f"{number(float(weight[i]))} * {x[i]}" for i in read]
    return query.column(
        chained([*terms, number(float(bias))], "+"), [x[i] for i in read]
    )


def _each(form: str) -> Callable[[Query, list[str]], list[str]]:
    def apply(query: Query, z: list[str]) -> list[str]:
        return [query.column(form.format(one), [one]) for one in z]

    return apply


def _softmax(query: Query, z: list[str]) -> list[str]:
    largest = query.column(most(z, z), z)
    shifted = [query.column(f"{one} - {largest}", [one, largest]) for one in z]
    powers = _each(f"CASE WHEN {{0}} < -{BOUND} THEN 0e0 ELSE EXP({{0}}) END")(
        query, shifted
    )
    total = query.column(chained(powers, "+"), powers)
    return [query.column(f"{one} / {total}", [one, total]) for one in powers]


def most(scores: list[str], values: list[str]) -> str:
    """Write the value of the first of the highest scores."""
    cases = []
    for i, (score, value) in enumerate(zip(scores[:-1], values, strict=False)):
        above = [f"{score} >= {other}" for other in scores[i + 1 :]]
        cases.append(f"WHEN {chained(above, 'AND')} THEN {value}")
    return f"CASE {' '.join(cases)} WHEN {scores[-1]} IS NOT NULL THEN {values[-1]} END"


# Nothing is chosen by ELSE for an argument that is missing, but itself.
ACTIVATIONS: dict[str, Callable[[Query, list[str]], list[str]]] = {
    "identity": lambda query, z: z,
    "relu": _each("CASE WHEN {0} < 0e0 THEN 0e0 ELSE {0} END"),
    "logistic": _each(
        f"CASE WHEN {{0}} < -{BOUND} THEN 0e0 WHEN {{0}} > {BOUND} THEN 1e0 "
        "ELSE 1e0 / (1e0 + EXP(-{0})) END"
    ),
    "tanh": _each(
        f"CASE WHEN {{0}} < -{BOUND} THEN -1e0 WHEN {{0}} > {BOUND} THEN 1e0 "
        "ELSE 1e0 - 2e0 / (1e0 + EXP(2e0 * {0})) END"
    ),
    "exp": _each(f"CASE WHEN {{0}} < -{BOUND} THEN 0e0 ELSE EXP({{0}}) END"),
    "softmax": _softmax,
}
