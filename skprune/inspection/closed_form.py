r"""Integrated gradients of a perceptron along the straight path, in closed form.

Along ``x(t) = b + t (x - b)``, t from 0 to 1, column i contributes

.. math:: (x_i - b_i) \int_0^1 \frac{\partial f}{\partial x_i}(x(t))\, dt,

and these sum to ``f(x) - f(b)``. In a network of rectifiers every unit's input is
linear in t between the finitely many kinks of the layers below. So the path is cut at
these, layer by layer; within a piece a unit's mean slope is its secant,
``(act(z_1) - act(z_0)) / (z_1 - z_0)``, whatever its activation is. The last layer of
units thus needs no cuts, and one hidden layer none at all.

Scoring files hold this text as it is: it needs NumPy alone.

References
----------
M. Sundararajan, A. Taly and Q. Yan, "Axiomatic attribution for deep networks", ICML,
2017. R. J. Aumann and L. S. Shapley, "Values of non-atomic games", 1974.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skprune.inspection.score_network import ScoreNetwork
from skprune.inspection.slopes import secant

Floats = NDArray[np.float64]

PIECES_AT_ONCE = 2**21


def has_closed_form(network: ScoreNetwork) -> bool:
    """Return whether the layers below the last one are linear between kinks."""
    return {layer.activation for layer in network.hidden[:-1]} <= {"identity", "relu"}


def closed_form(network: ScoreNetwork, x: Floats, start: Floats) -> Floats:
    """Return what each column contributes to ``f(x) - f(start)``, exactly.

    Parameters
    ----------
    network : ScoreNetwork
        With a closed form.
    x : ndarray of shape (n_rows, n_columns)
        The columns that the network reads.
    start : ndarray of shape (n_columns,)
        The baseline.

    Returns
    -------
    contributions : ndarray of shape (n_rows, n_columns)
    """
    step = _rows_at_once(network)
    slopes = [
        _mean_gradient(network, x[i : i + step], start) for i in range(0, len(x), step)
    ]
    return (x - start) * np.concatenate([np.empty((0, len(start))), *slopes])


def _rows_at_once(network: ScoreNetwork) -> int:
    # A row's path has about as many pieces as there are units below the last layer.
    sizes = [len(layer.bias) for layer in network.hidden]
    return max(1, PIECES_AT_ONCE // (max([1, *sizes]) * (1 + sum(sizes[:-1]))))


class Cut(NamedTuple):
    """How the pieces of a path are cut at the kinks of one layer.

    Attributes
    ----------
    parent : ndarray of int of shape (n_pieces,)
        Ascending: the piece before the cut that each is a part of.
    share : ndarray of shape (n_pieces,)
        How much of it.
    slope : ndarray of shape (n_pieces, n_units)
        The slope of each unit's activation.
    """

    parent: NDArray[np.intp]
    share: Floats
    slope: Floats


def _mean_gradient(network: ScoreNetwork, x: Floats, start: Floats) -> Floats:
    """Return the mean of the gradient along the path to each row, exactly."""
    if not network.hidden:
        return np.broadcast_to(network.readout, x.shape)
    *inner, last = network.hidden
    low, high = np.broadcast_to(start, x.shape), x
    cuts: list[Cut] = []
    for layer in inner:
        cut, low, high = _cut(layer(low), layer(high), layer.activation)
        cuts.append(cut)
    gradient = network.readout * secant(last.activation, last(low), last(high))
    gradient = gradient @ last.weight
    for layer, cut in zip(reversed(inner), reversed(cuts), strict=True):
        # The mean over a piece is that over its parts, each by its share.
        first = np.flatnonzero(np.diff(cut.parent, prepend=-1))
        parts = gradient * cut.slope * cut.share[:, None]
        gradient = np.add.reduceat(parts, first, axis=0) @ layer.weight
    return gradient


def _cut(low: Floats, high: Floats, activation: str) -> tuple[Cut, Floats, Floats]:
    """Cut pieces where a unit's input, from ``low`` to ``high``, changes its sign.

    Returns the cut and the units' outputs at both ends of the new pieces.
    """
    if activation == "identity":
        whole = np.ones(len(low))
        return Cut(np.arange(len(low)), whole, np.ones_like(low)), low, high
    crosses = (low < 0) != (high < 0)
    rise = high - low
    at = np.ones_like(low)
    np.divide(-low, rise, out=at, where=crosses)
    at.sort(axis=1)
    edge = np.ones((len(low), 1))
    ends = np.hstack([0 * edge, np.clip(at, 0, 1), edge])
    # The cuts come first in each row of ``ends``, ones that fill it up behind them.
    used = np.arange(ends.shape[1] - 1) <= crosses.sum(1)[:, None]
    parent = np.nonzero(used)[0]
    begin, end = ends[:, :-1][used], ends[:, 1:][used]
    low, rise = low[parent], rise[parent]
    middle = low + (begin + end)[:, None] / 2 * rise
    cut = Cut(parent, end - begin, (middle > 0).astype(np.float64))
    z_0, z_1 = low + begin[:, None] * rise, low + end[:, None] * rise
    return cut, np.maximum(z_0, 0), np.maximum(z_1, 0)
