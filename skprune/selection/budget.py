"""How many columns stay, and which units fit into that."""

import numbers
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skprune.selection.table import Table
from skprune.selection.units import Units


def check_one_amount(sparsity: Any, n_features: int | None, threshold: Any) -> None:
    """Refuse two statements of the amount; sparsity=0.5 is taken as not stated."""
    stated = {
        "sparsity": sparsity != 0.5,
        "n_features_to_select": n_features is not None,
        "threshold": threshold is not None,
    }
    amounts = [name for name, is_stated in stated.items() if is_stated]
    if len(amounts) > 1:
        raise ValueError(
            f"{' and '.join(amounts)} both say how many columns stay: give one of them."
        )


def columns_to_keep(table: Table, sparsity: float, n_features: int | None) -> int:
    """Resolve the amount to a number of columns, and check that it can be had."""
    p = len(table.units.label)
    # Only whole columns go; 0.29 * 100 is meant to be 29, not 28.99...
    n_keep = n_features or max(1, p - int(np.floor(p * sparsity + 1e-9)))
    if n_keep > p:
        raise ValueError(
            f"n_features_to_select={n_keep} is more than there are: X has {p} features."
        )
    usable = len(table.units.columns(table.candidates()))
    if usable == 0:
        raise ValueError("No column of X varies: all columns would be dropped.")
    if n_features is not None and n_keep > usable:
        raise ValueError(
            f"n_features_to_select={n_keep} is more than there are to choose from: "
            f"only {usable} of {p} features vary."
        )
    forced = int(table.units.sizes[table.units.forced].sum())
    if forced > n_keep:
        raise ValueError(
            f"always_keep holds {forced} columns (with their groups), which is more "
            f"than the {n_keep} that are to stay."
        )
    sizes = table.units.sizes[table.candidates()]
    if sizes.min() > n_keep:
        raise ValueError(
            f"All columns would be dropped: the smallest group has {sizes.min()} "
            f"columns, and only {n_keep} are to stay."
        )
    return min(n_keep, usable)


def first_fit(order: NDArray[np.intp], units: Units, n_keep: int) -> NDArray[np.intp]:
    """Keep units in order while they fit, the forced ones before all others.

    A group that no longer fits is passed over, and smaller units behind it may
    fill the room: never more than `n_keep` columns, whatever the ties.
    """
    order = np.concatenate([order[units.forced[order]], order[~units.forced[order]]])
    sizes = units.sizes[order]
    if (sizes == 1).all():
        return order[:n_keep]
    kept, room = [], n_keep
    for unit, size in zip(order, sizes, strict=True):
        if size <= room:
            kept.append(unit)
            room -= size
    return np.asarray(kept, dtype=np.intp)


def above_threshold(
    scores: NDArray, order: NDArray[np.intp], units: Units, threshold: Any
) -> NDArray[np.intp]:
    """Keep the units whose score reaches the threshold, and the forced ones."""
    value = threshold_value(scores[order], threshold)
    kept = order[(scores[order] >= value) | units.forced[order]]
    if len(kept) == 0:
        raise ValueError(
            f"All columns would be dropped: no importance reaches threshold={threshold}"
            f" ({value:.4g}); the highest is {scores[order].max():.4g}."
        )
    return kept


def threshold_value(scores: NDArray, threshold: Any) -> float:
    """Read a number, "mean", "median" or a multiple such as "1.5*mean"."""
    if isinstance(threshold, numbers.Real):
        return float(threshold)
    scale, _, name = str(threshold).rpartition("*")
    statistics: dict[str, Any] = {"mean": np.mean, "median": np.median}
    try:
        return float(scale or 1.0) * float(statistics[name.strip()](scores))
    except (KeyError, ValueError):
        raise ValueError(
            f"threshold={threshold!r} is neither a number nor 'mean', 'median' or a "
            "multiple of them such as '1.5*mean'."
        ) from None
