"""Scores of units: which to keep, which to lose.

A criterion sees a matrix of shape (units, entries) and never learns whether a
unit is a weight, a neuron, an LSTM cell or an input column.
"""

from skprune.criteria.base import Criterion
from skprune.criteria.measured import Error, Importance
from skprune.criteria.reconstruction import Activation, BrainSurgeon
from skprune.criteria.sensitivity import Fisher, Gradient, Movement, Snip
from skprune.criteria.size import Lamp, Magnitude, Random

CRITERIA: dict[str, type[Criterion]] = {
    "magnitude": Magnitude,
    "random": Random,
    "gradient": Gradient,
    "snip": Snip,
    "fisher": Fisher,
    "obs": BrainSurgeon,
    "activation": Activation,
    "movement": Movement,
    "lamp": Lamp,
    "error": Error,
    "importance": Importance,
}


def get_criterion(criterion: str | Criterion) -> Criterion:
    """Return the criterion of a name, or the criterion itself.

    Examples
    --------
    >>> from skprune.criteria import get_criterion
    >>> get_criterion("magnitude")
    Magnitude()
    """
    return criterion if isinstance(criterion, Criterion) else CRITERIA[criterion]()


__all__ = [
    "CRITERIA",
    "Activation",
    "BrainSurgeon",
    "Criterion",
    "Error",
    "Fisher",
    "Gradient",
    "Importance",
    "Lamp",
    "Magnitude",
    "Movement",
    "Random",
    "Snip",
    "get_criterion",
]
