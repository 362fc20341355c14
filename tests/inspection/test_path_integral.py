"""Integrals along the path, against brute force and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from score_cases import (
    PIECEWISE,
    SEEDS,
    SMOOTH,
    WIDTHS,
    brute_force_path,
    make_network,
    make_rows,
)

from skprune.inspection import closed_form, path_integral
from skprune.inspection.path_integral import path_contributions
from skprune.inspection.score_network import HiddenLayer, ScoreNetwork

ACTIVATIONS = st.sampled_from([*PIECEWISE, *SMOOTH])
OUTPUTS = st.sampled_from([None, "exp"])


@given(WIDTHS, ACTIVATIONS, OUTPUTS, SEEDS)
@settings(max_examples=200)
def test_contributions_sum_to_the_difference(widths, activation, last, seed):
    network = make_network(widths, activation, seed, last)
    x, start = make_rows(network, seed)
    found = path_contributions(network, x, start)
    rise = network(x) - network(start[None])
    atol = 1e-8 * max(1, np.abs(network(x)).max())
    assert_allclose(found.sum(1), rise, rtol=1e-10, atol=atol)


@given(WIDTHS, ACTIVATIONS, SEEDS)
@settings(max_examples=40)
def test_contributions_are_the_integral(widths, activation, seed):
    network = make_network(widths, activation, seed)
    x, start = make_rows(network, seed, n_rows=1)
    found = path_contributions(network, x, start)[0]
    expected = brute_force_path(network, x[0], start)
    assert_allclose(found, expected, atol=1e-4 * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("activation", [*PIECEWISE, *SMOOTH])
def test_a_deep_network_and_an_exponential(activation):
    network = make_network([4, 6, 5, 4], activation, seed=3, last="exp", density=1)
    network = ScoreNetwork(
        network.columns, network.hidden, network.readout / 5, network.constant
    )
    x, start = make_rows(network, 1)
    x, start = x / 4, start / 4
    found = path_contributions(network, x, start)
    expected = [brute_force_path(network, row, start) for row in x]
    scale = max(1, np.abs(expected).max())
    assert_allclose(found, expected, atol=1e-4 * scale)


def test_by_hand():
    # max(0, a + b - 1): from 0 along a = b only the second half counts.
    unit = HiddenLayer(np.ones((1, 2)), np.array([-1.0]), "relu")
    network = ScoreNetwork(np.arange(2), [unit], np.array([2.0]), 5.0)
    rows = np.array([[1.0, 1.0], [3.0, 0.0], [0.5, 0.25], [0.0, 0.0], [2.0, -1.0]])
    found = path_contributions(network, rows, np.zeros(2))
    assert_allclose(found, [[1, 1], [4, 0], [0, 0], [0, 0], [0, 0]], atol=1e-15)


def test_two_layers_by_hand():
    # max(0, max(0, x) - 1) bends twice on the way from -1 to 3.
    layers = [
        HiddenLayer(np.ones((1, 1)), np.zeros(1), "relu"),
        HiddenLayer(np.ones((1, 1)), -np.ones(1), "relu"),
    ]
    network = ScoreNetwork(np.arange(1), layers, np.ones(1), 0.0)
    found = path_contributions(network, np.array([[3.0], [-1.0]]), np.array([-1.0]))
    assert_allclose(found, [[2.0], [0.0]])


@given(st.lists(st.integers(1, 5), min_size=2, max_size=4), SEEDS)
def test_a_column_that_is_not_read_has_nothing(widths, seed):
    network = make_network(widths, "relu", seed)
    network.hidden[0].weight[:, 0] = 0
    x, start = make_rows(network, seed)
    assert_array_equal(path_contributions(network, x, start)[:, 0], 0)


@given(WIDTHS, ACTIVATIONS, SEEDS)
def test_a_column_at_its_baseline_has_nothing(widths, activation, seed):
    network = make_network(widths, activation, seed)
    x, start = make_rows(network, seed)
    x[:, -1] = start[-1]
    assert_array_equal(path_contributions(network, x, start)[:, -1], 0)


def test_rows_on_a_kink():
    # The path stays on the edge of both units, all the way.
    weight = np.array([[1.0, -1.0], [-1.0, 1.0]])
    hidden = [HiddenLayer(weight, np.zeros(2), "relu")] * 2
    network = ScoreNetwork(np.arange(2), hidden, np.ones(2), 0.0)
    found = path_contributions(network, np.array([[1.0, 1.0]]), np.zeros(2))
    assert_array_equal(found.sum(), 0)


def test_chunks_change_nothing(monkeypatch):
    network = make_network([4, 5, 4], "relu", seed=0)
    x, start = make_rows(network, 0, n_rows=23)
    whole = path_contributions(network, x, start)
    monkeypatch.setattr(closed_form, "PIECES_AT_ONCE", 100)
    assert_allclose(path_contributions(network, x, start), whole, atol=1e-12)
    assert path_contributions(network, x[:0], start).shape == (0, 4)


def test_steep_units_are_integrated_too():
    hidden = make_network([3, 4, 4], "tanh", seed=0).hidden
    steep = [layer._replace(weight=100 * layer.weight) for layer in hidden]
    network = ScoreNetwork(np.arange(3), steep, np.ones(4), 0.0)
    x, start = make_rows(network, 0)
    found = path_contributions(network, x, start)
    assert_allclose(found.sum(1), network(x) - network(start[None]), atol=1e-7)


def test_what_no_quadrature_reaches_is_said(monkeypatch):
    monkeypatch.setattr(path_integral, "QUADRATURE_ERROR", 0.0)
    network = make_network([3, 4, 4], "tanh", seed=0)
    x, start = make_rows(network, 0)
    with pytest.raises(RuntimeError, match="whose reasons are exact"):
        path_contributions(network, x, start)
