"""Shapley values by coalitions, against the mean over all orders."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from score_cases import SEEDS, brute_force_shapley, make_network, make_rows

from skprune.inspection.path_integral import path_contributions
from skprune.inspection.shapley import MOST_PLAYERS, shapley_contributions

WIDTHS = st.lists(st.integers(1, 5), min_size=1, max_size=3)


def alone(network):
    return np.arange(len(network.columns))


@given(WIDTHS, st.sampled_from(["relu", "tanh"]), SEEDS)
@settings(max_examples=50)
def test_the_mean_over_all_orders(widths, activation, seed):
    network = make_network(widths, activation, seed)
    x, start = make_rows(network, seed, n_rows=2)
    found = shapley_contributions(network, x, start, alone(network))
    expected = [brute_force_shapley(network, row, start) for row in x]
    assert_allclose(found, expected, atol=1e-10)


@given(st.integers(1, 6), SEEDS)
def test_of_a_linear_score_both_methods_are_one(n_columns, seed):
    network = make_network([n_columns, 3], "identity", seed)
    x, start = make_rows(network, seed)
    found = shapley_contributions(network, x, start, alone(network))
    assert_allclose(found, path_contributions(network, x, start), atol=1e-10)


def test_columns_of_one_player_join_together():
    network = make_network([4, 5], "relu", seed=1)
    x, start = make_rows(network, 1, n_rows=1)
    found = shapley_contributions(network, x, start, np.array([0, 1, 0, 1]))[0]
    parts = [start.copy(), start.copy()]
    parts[0][[0, 2]], parts[1][[1, 3]] = x[0, [0, 2]], x[0, [1, 3]]
    none, both = network(start[None])[0], network(x)[0]
    first, second = network(np.array(parts))
    expected = [(first - none + both - second) / 2, (second - none + both - first) / 2]
    assert_allclose(found, expected)


def test_more_players_than_can_be_enumerated():
    network = make_network([MOST_PLAYERS + 1, 2], "relu", seed=0)
    x, start = make_rows(network, 0)
    with pytest.raises(ValueError, match="at most 12 .* reads 13"):
        shapley_contributions(network, x, start, alone(network))
    players = np.minimum(alone(network), MOST_PLAYERS - 1)
    found = shapley_contributions(network, x, start, players)
    assert_allclose(found.sum(1), network(x) - network(start[None]))
