"""The units of a small network in the order in which they are read."""

import numpy as np
from numpy.typing import NDArray

from skprune.inspection.score_network import HiddenLayer, ScoreNetwork

Floats = NDArray[np.float64]


def importances(network: ScoreNetwork) -> list[Floats]:
    """Return how much of the score goes through each unit, for each hidden layer.

    That is the total weight of the paths from the columns to the score that lead
    through it, a path's weight being the product of its weights' sizes. For columns of
    like scale it bounds what a unit adds.
    """
    out = [np.abs(network.readout)]
    for layer in reversed(network.hidden[1:]):
        out.insert(0, out[0] @ np.abs(layer.weight))
    return [a * b for a, b in zip(sizes(network)[1:], out, strict=False)]


def sizes(network: ScoreNetwork) -> list[Floats]:
    """Return the sizes of the columns, which are 1, and of the units, by layer.

    A unit is as large as its inputs together, each times the size of its weight.
    """
    found = [np.ones(len(network.columns))]
    for layer in network.hidden:
        found.append(np.abs(layer.weight) @ found[-1])
    return found


def unit_names(network: ScoreNetwork) -> list[list[str]]:
    """Name units by layer and rank: ``h1_1`` is the most important of the first."""
    names = []
    for depth, importance in enumerate(importances(network), start=1):
        rank = np.empty(len(importance), int)
        rank[np.argsort(-importance, kind="stable")] = np.arange(len(importance))
        names.append([f"h{depth}_{i + 1}" for i in rank])
    return names


def without_identities(network: ScoreNetwork) -> ScoreNetwork:
    """Return the same network, of which units that do nothing are multiplied out."""
    if not any(layer.activation == "identity" for layer in network.hidden):
        return network
    hidden: list[HiddenLayer] = []
    weight, bias = _nothing(len(network.columns))
    for layer in network.hidden:
        weight, bias = layer.weight @ weight, layer(bias)
        if layer.activation != "identity":
            hidden.append(HiddenLayer(weight, bias, layer.activation))
            weight, bias = _nothing(len(bias))
    readout = network.readout @ weight
    constant = network.constant + float(network.readout @ bias)
    return ScoreNetwork(network.columns, hidden, readout, constant)


def _nothing(n: int) -> tuple[Floats, Floats]:
    return np.eye(n), np.zeros(n)
