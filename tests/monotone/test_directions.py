"""Bounds of weights, and the paths that they leave: laws, and sums by hand."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from networks import masked, perceptrons
from parts import MLP

from skprune.inference.signs import count_paths


@st.composite
def constrained(draw, networks=None):
    """Networks, and what is asked of their columns."""
    module, x = draw(masked() if networks is None else networks)
    n = module.linears[0].in_features
    return module, draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=n, max_size=n))


def weights_of(module):
    return [layer.weight.numpy() for layer in module.linears]


def clip(module, constraints):
    """Clip a network's weights to its bounds, in place."""
    for name, (low, high) in module.weight_bounds(constraints).items():
        module.get_parameter(name).data.clamp_(low, high)


def against(module, constraints):
    """Count the paths that go against what is asked of their columns."""
    positive, negative = count_paths(weights_of(module))
    asked = np.array(constraints)
    return (positive * (asked < 0)).sum() + (negative * (asked > 0)).sum()


@given(constrained())
def test_within_its_bounds_no_path_goes_against_a_constraint(case):
    module, constraints = case
    clip(module, constraints)
    assert against(module, constraints) == 0


@given(constrained(), st.integers(0, 99))
def test_wherever_weights_move_within_the_bounds_no_path_does(case, seed):
    module, constraints = case
    draws = torch.Generator().manual_seed(seed)
    for name, (low, high) in module.weight_bounds(constraints).items():
        module.get_parameter(name).data.normal_(generator=draws).clamp_(low, high)
    assert against(module, constraints) == 0


@given(constrained())
def test_weights_that_go_together_are_left_as_they_are(case):
    module, constraints = case
    clip(module, constraints)
    before = [weight.copy() for weight in weights_of(module)]
    clip(module, constraints)
    for old, new in zip(before, weights_of(module), strict=True):
        np.testing.assert_array_equal(new, old)


@given(constrained())
def test_without_constraints_all_is_free(case):
    module, _ = case
    nothing = [0] * module.linears[0].in_features
    for low, high in module.weight_bounds(nothing).values():
        assert bool(low.isneginf().all() and high.isposinf().all())


@given(constrained(perceptrons()))
def test_units_set_apart_are_free_and_the_others_read(case):
    module, constraints = case
    module.set_apart(constraints)
    *hidden, last = module.weight_bounds(constraints).values()
    if not any(constraints):
        return
    for low, high in [*hidden[1:], last][: len(hidden)]:
        n_apart = low.shape[1] // 2
        free = torch.isinf(low) & torch.isinf(high)
        assert free.all(0).tolist() == [i < n_apart for i in range(low.shape[1])]


def test_bounds_of_a_small_network():
    module = MLP([3, 2, 1], "relu")
    with torch.no_grad():
        module.linears[0].weight.copy_(torch.tensor([[1.0, 1, 1], [1, 0, 1]]))
        module.linears[1].weight.copy_(torch.tensor([[-2.0, 5.0]]))
    # The first unit reads the middle column, and lowers the output; the second is free.
    first, last = module.weight_bounds([0, -1, 0]).values()
    inf = torch.inf
    assert first[0].tolist() == [[-inf, 0, -inf], [-inf, 0, -inf]]
    assert first[1].tolist() == [[inf, inf, inf], [inf, 0, inf]]
    assert (last[0].tolist(), last[1].tolist()) == ([[-inf, -inf]], [[0, inf]])


@given(masked())
def test_paths_are_counted_as_they_are_when_walked(case):
    weights = weights_of(case[0])
    widths = [weights[0].shape[1], *map(len, weights)]
    expected = np.zeros((2, widths[-1], widths[0]))
    for path in product(*map(range, widths)):
        steps = zip(weights, path, path[1:], strict=False)
        sign = np.prod([np.sign(w[after, before]) for w, before, after in steps])
        expected[0, path[-1], path[0]] += sign > 0
        expected[1, path[-1], path[0]] += sign < 0
    np.testing.assert_array_equal(count_paths(weights), expected)


@pytest.mark.parametrize("fraction", [1e-300, 1e300])
def test_no_path_is_lost_to_rounding(fraction):
    weights = [np.full((1, 1), -fraction)] * 3
    assert [n.item() for n in count_paths(weights)] == [0, 1]
