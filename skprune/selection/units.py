"""Columns that live and die together, and those that never go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Units:
    """A partition of the columns; without groups each column is its own unit."""

    label: NDArray[np.intp]  # (p,): the unit of each column
    n_units: int
    forced: NDArray[np.bool_]  # (n_units,): units that always stay

    @property
    def sizes(self) -> NDArray[np.intp]:
        """Columns in each unit."""
        return np.bincount(self.label, minlength=self.n_units)

    def sums(self, scores: NDArray) -> NDArray[np.float64]:
        """Score the units: the sum over a unit's columns."""
        total = np.bincount(self.label, weights=scores, minlength=self.n_units)
        return total.astype(np.float64)

    def columns(self, units: NDArray[np.intp]) -> NDArray[np.intp]:
        """List the columns of some units, ascending."""
        chosen = np.zeros(self.n_units, dtype=bool)
        chosen[units] = True
        return np.flatnonzero(chosen[self.label])


def resolve_units(
    groups: Any, always_keep: Any, names: Sequence[str] | None, n_features: int
) -> Units:
    """Read `groups` and `always_keep` as a user writes them."""
    label = group_labels(groups, names, n_features)
    n_units = int(label.max()) + 1
    forced = np.zeros(n_units, dtype=bool)
    forced[label[kept_mask(always_keep, names, n_features)]] = True
    return Units(label, n_units, forced)


def group_labels(
    groups: Any, names: Sequence[str] | None, n_features: int
) -> NDArray[np.intp]:
    """Label the columns, groups numbered in the order of their first columns, (p,)."""
    if groups is None:
        return np.arange(n_features)
    _, first, inverse = np.unique(
        np.asarray(group_names(groups, names, n_features)),
        return_index=True,
        return_inverse=True,
    )
    return np.argsort(np.argsort(first))[inverse]


def group_names(groups: Any, names: Sequence[str] | None, n_features: int) -> list[str]:
    """Name the group of each column, as labels or prefixes of names say."""
    given = list(groups)
    labels, textual = list(map(str, given)), any(isinstance(g, str) for g in given)
    if (
        names is not None
        and textual
        and (len(labels) != n_features or _are_prefixes(labels, names))
    ):
        labels = _prefix_labels(labels, names)
    if len(labels) != n_features:
        raise ValueError(
            f"groups has {len(labels)} labels, but X has {n_features} features; "
            "prefixes of column names need an X with column names."
        )
    return labels


def _are_prefixes(groups: list, names: Sequence[str]) -> bool:
    return len(set(groups)) == len(groups) and all(
        any(name.startswith(str(g)) for name in names) for g in groups
    )


def _prefix_labels(prefixes: list, names: Sequence[str]) -> list[str]:
    """Label each column by the longest prefix it starts with, or by itself.

    One that is labelled by itself starts with no prefix, and so is none.
    """
    unknown = [g for g in prefixes if not any(n.startswith(str(g)) for n in names)]
    if unknown:
        raise ValueError(f"Unknown groups: no column name starts with {unknown}.")
    longest = sorted(map(str, prefixes), key=len, reverse=True)
    return [next((g for g in longest if n.startswith(g)), n) for n in names]


def kept_mask(
    always_keep: Any, names: Sequence[str] | None, n_features: int
) -> NDArray[np.bool_]:
    """Turn names, indices or a mask into a mask over the columns."""
    mask = np.zeros(n_features, dtype=bool)
    items = np.atleast_1d(np.asarray([] if always_keep is None else always_keep))
    if items.dtype == bool:
        if len(items) != n_features:
            raise ValueError(
                f"always_keep is a mask of {len(items)} entries, but X has "
                f"{n_features} features."
            )
        return items
    mask[[_position(item, names, n_features) for item in items.tolist()]] = True
    return mask


def _position(item: Any, names: Sequence[str] | None, n_features: int) -> int:
    if isinstance(item, str):
        if names is None:
            raise ValueError(
                f"always_keep names {item!r}, but X has no column names: give "
                "indices or a mask."
            )
        if item not in names:
            raise ValueError(f"always_keep names {item!r}, which X does not have.")
        return list(names).index(item)
    if not -n_features <= item < n_features or item != int(item):
        raise ValueError(
            f"always_keep holds {item!r}, but X has {n_features} features."
        )
    return int(item)
