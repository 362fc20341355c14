"""What training leaves behind, as plain arrays."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skprune.training.net import PruningNet
from skprune.training.phases import DensePhase
from skprune.training.pruner import Pruner

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Dense:
    """What the dense phase leaves behind.

    Attributes
    ----------
    value, early : ndarray of shape (n_parameters,)
        The weights at its end, and after the first epoch.
    movement : ndarray of shape (n_parameters,) or None
    history : list of dict
        One an epoch.
    converged, interrupted : bool
    """

    value: Floats
    early: Floats
    movement: Floats | None
    history: list[dict[str, Any]]
    converged: bool
    interrupted: bool

    @property
    def loss(self) -> float:
        """Loss of the weights: on the validation rows, where there are some."""
        last = self.history[-1]
        return self.best_validation_loss if "valid_loss" in last else last["train_loss"]

    @property
    def best_validation_loss(self) -> float:
        """Lowest validation loss, which is that of the weights."""
        return float(min(row["valid_loss"] for row in self.history))


@dataclass(frozen=True)
class Trained:
    """A network after both phases.

    Attributes
    ----------
    dense : Dense
    value : ndarray of shape (n_parameters,)
    masks : dict of parameter name to boolean ndarray
        True where an entry was kept; empty where nothing was pruned.
    keep : dict of group name to boolean ndarray
        Which units are still there.
    near_floor : tuple of str
        Groups that could hardly lose another unit.
    history : list of dict
    interrupted : bool
    """

    dense: Dense
    value: Floats
    masks: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    keep: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    near_floor: tuple[str, ...] = ()
    history: list[dict[str, Any]] = field(default_factory=list)
    interrupted: bool = False

    @property
    def sparsity(self) -> float:
        """Share of the units that are gone."""
        if not self.keep:
            return 0.0
        return float(1.0 - np.concatenate(list(self.keep.values())).mean())


def dense_outcome(phase: DensePhase, *, interrupted: bool) -> Dense:
    """Return what a dense phase has left behind."""
    moved = phase.net.descent_.movement
    return Dense(
        value=values(phase.net),
        early=phase.early,
        movement=None if moved is None else moved.numpy(force=True).copy(),
        history=complete_epochs(phase.net),
        converged=phase.converged,
        interrupted=interrupted,
    )


def pruned_outcome(
    dense: Dense,
    pruner: Pruner,
    *,
    interrupted: bool,
    history: list[dict[str, Any]] | None = None,
) -> Trained:
    """Return what a network has become, with what it was before.

    Its history is by default all that the network has recorded.
    """
    return Trained(
        dense,
        value=values(pruner.net),
        masks={name: mask.numpy() for name, mask in pruner.masks.items()},
        keep=pruner.kept_by_group(),
        near_floor=pruner.near_floor(),
        history=complete_epochs(pruner.net) if history is None else history,
        interrupted=interrupted,
    )


def values(net: PruningNet) -> Floats:
    """Return a copy of all parameters."""
    copy: Floats = net.flat_.value.data.numpy(force=True).copy()
    return copy


def complete_epochs(net: PruningNet) -> list[dict[str, Any]]:
    """Return the history without an epoch that was interrupted."""
    return [row for row in net.history if "sparsity" in row]
