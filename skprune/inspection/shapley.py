r"""Shapley values of a network's columns, by enumeration.

The worth of a coalition S of players is the score of the row in the columns of S, and
of the baseline in all others. Player i gets

.. math:: \phi_i = \sum_{S \not\ni i} \frac{|S|!\,(m - |S| - 1)!}{m!}
          \left(v(S \cup i) - v(S)\right),

the mean of what it adds over all orders in which the m players may come.

References
----------
L. S. Shapley, "A value for n-person games", 1953. S. M. Lundberg and S.-I. Lee, "A
unified approach to interpreting model predictions", NeurIPS, 2017.
"""

from math import factorial

import numpy as np
from numpy.typing import NDArray

from skprune.inspection.score_network import ScoreNetwork

Floats = NDArray[np.float64]

MOST_PLAYERS = 12
"""So many have 4,096 coalitions, each of which is scored for every row."""

SCORED_AT_ONCE = 2**16


def shapley_contributions(
    network: ScoreNetwork, x: Floats, start: Floats, players: NDArray[np.intp]
) -> Floats:
    """Return the Shapley value of each player for each row.

    Parameters
    ----------
    network : ScoreNetwork
    x : ndarray of shape (n_rows, n_columns)
        The columns that the network reads.
    start : ndarray of shape (n_columns,)
        The baseline.
    players : ndarray of int of shape (n_columns,)
        Who each column belongs to, from 0 to the number of players less one.

    Returns
    -------
    contributions : ndarray of shape (n_rows, n_players)

    Raises
    ------
    ValueError
        If there are more than ``MOST_PLAYERS``.
    """
    n_players = int(players.max(initial=-1)) + 1
    if n_players > MOST_PLAYERS:
        raise ValueError(
            f"method='shapley' enumerates the subsets of at most {MOST_PLAYERS} "
            f"columns or groups, and the network reads {n_players}. Use "
            "method='path', put columns together by groups, or prune by "
            "granularity='feature'."
        )
    joined = np.arange(2**n_players)[:, None] >> np.arange(n_players) & 1
    weights, theirs = _weights(joined), joined[:, players].astype(bool)
    step = max(1, SCORED_AT_ONCE // len(joined))
    parts = [np.empty((0, n_players))]
    for i in range(0, len(x), step):
        mixed = np.where(theirs, x[i : i + step, None], start)
        parts.append(network(mixed) @ weights)
    return np.concatenate(parts)


def _weights(joined: NDArray[np.intp]) -> Floats:
    """Return what a coalition's worth counts for each player: (coalitions, players)."""
    m, sizes = joined.shape[1], joined.sum(1)
    after = [factorial(s) * factorial(m - s - 1) / factorial(m) for s in range(m)]
    # A member counts by the coalition without it, others count it against themselves.
    gain = np.array([0.0, *after])[sizes][:, None]
    loss = np.array([*after, 0.0])[sizes][:, None]
    return np.where(joined, gain, -loss)
