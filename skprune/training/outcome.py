"""What training leaves behind, as plain arrays."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Outcome:
    """A network after a phase, and what it was before that.

    Attributes
    ----------
    value : ndarray of shape (n_parameters,)
        The weights.
    loss : float
        Their loss: on the validation rows, where there are some.
    history : list of dict
        One an epoch of the phase.
    early : ndarray of shape (n_parameters,)
        The weights after the first epoch of the dense phase.
    movement : ndarray of shape (n_parameters,) or None
        What the criterion ``movement`` has added up in the dense phase.
    rate : float
        The learning rate that the next epoch would have had; of a dense phase.
    converged, interrupted : bool
    before : Outcome or None
        The dense network from which pruning set out.
    masks : dict of parameter name to boolean ndarray
        True where an entry was kept; empty where nothing was pruned.
    keep : dict of group name to boolean ndarray
        Which units are still there.
    near_floor : tuple of str
        Groups that could hardly lose another unit.
    held_out : float or None
        The loss on rows held out from another dense network, if there was one.
    """

    value: Floats
    loss: float
    history: list[dict[str, Any]]
    early: Floats
    movement: Floats | None = None
    rate: float = math.nan
    converged: bool = True
    interrupted: bool = False
    before: "Outcome | None" = None
    masks: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    keep: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    near_floor: tuple[str, ...] = ()
    held_out: float | None = None

    @property
    def dense(self) -> "Outcome":
        """The network before anything was pruned."""
        return self if self.before is None else self.before

    @property
    def epochs(self) -> list[dict[str, Any]]:
        """The history of both phases."""
        before = [] if self.before is None else self.before.history
        return [*before, *self.history]

    @property
    def sparsity(self) -> float:
        """Share of the units that are gone."""
        if not self.keep:
            return 0.0
        return float(1.0 - np.concatenate(list(self.keep.values())).mean())


class CutShort(Exception):
    """The user, or a callback of scikit-learn, ended a phase; carries the outcomes.

    Raised through the cache, which must not keep them.
    """

    def __init__(self, outcomes: list[Any]):
        super().__init__(outcomes)
        self.outcomes = outcomes
