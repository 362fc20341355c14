"""What a parameter is, and how its values are written."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

from sklearn.utils._param_validation import Interval, StrOptions


@dataclass(frozen=True)
class Parameter:
    """A parameter of ``__init__``.

    Attributes
    ----------
    name, annotation, default : str
        As the signature has them.
    constraint : list
        As scikit-learn's ``_parameter_constraints`` has it.
    kind : str
        What stands behind its name in the docstring.
    meaning : str
        What stands below.
    """

    name: str
    annotation: str
    default: str
    constraint: list[Any] | str
    kind: str
    meaning: str


def at_least(low: float, kind: Any = Real, high: float | None = None) -> Interval:
    """Return the interval from ``low`` on, below ``high``."""
    return Interval(kind, low, high, closed="left")


def one_of(names: Any) -> tuple[StrOptions, str]:
    """Return the constraint of some names, and how a docstring lists them."""
    return StrOptions(set(names)), "{" + ", ".join(f"'{n}'" for n in names) + "}"
