"""Scores of units: which to keep, which to lose.

A criterion sees a matrix of shape (units, entries) and never learns whether a
unit is a weight, a neuron, an LSTM cell or an input column.

A criterion is one class and one line of ``CRITERIA``, which loads no torch: the names
are known before anything is trained.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skprune.criteria.base import Criterion
    from skprune.criteria.measured import Error, Importance, Reach
    from skprune.criteria.reconstruction import Activation, BrainSurgeon
    from skprune.criteria.sensitivity import Fisher, Gradient, Movement, Snip
    from skprune.criteria.size import Lamp, Magnitude, Random

CRITERIA = {
    "magnitude": "size.Magnitude",
    "random": "size.Random",
    "gradient": "sensitivity.Gradient",
    "snip": "sensitivity.Snip",
    "fisher": "sensitivity.Fisher",
    "obs": "reconstruction.BrainSurgeon",
    "activation": "reconstruction.Activation",
    "movement": "sensitivity.Movement",
    "lamp": "size.Lamp",
    "error": "measured.Error",
    "importance": "measured.Importance",
    "reach": "measured.Reach",
}
"""By name, the class that scores, within this package."""

_PLACES = {path.split(".")[1]: path for path in [*CRITERIA.values(), "base.Criterion"]}

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
    "Reach",
    "Snip",
    "get_criterion",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, cls = _PLACES[name].split(".")
    return getattr(import_module(f"{__name__}.{module}"), cls)


def get_criterion(criterion: "str | Criterion") -> "Criterion":
    """Return the criterion of a name, or the criterion itself.

    Parameters
    ----------
    criterion : str or Criterion
        One of :data:`CRITERIA`, or an object.

    Returns
    -------
    criterion : Criterion
        New, where a name was given.

    See Also
    --------
    Criterion : What a criterion promises.

    Examples
    --------
    >>> from skprune.criteria import get_criterion
    >>> get_criterion("magnitude")
    Magnitude()
    """
    if isinstance(criterion, str):
        made: Criterion = __getattr__(CRITERIA[criterion].split(".")[1])()
        return made
    return criterion
