"""Brain surgery against a search by hand and against least squares."""

import itertools

import numpy as np
import plain_scores
import torch
from hypothesis import given
from hypothesis import strategies as st
from parts import removal_costs


@given(st.integers(2, 5), st.integers(0, 1000))
def test_costs_are_those_of_least_squares(n, seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n + 3, n))
    hessian, w = root.T @ root, rng.normal(size=n)
    costs = removal_costs(torch.tensor(w[None]), torch.tensor(hessian))[0].numpy()
    expected = plain_scores.removal_costs(w, hessian)
    np.testing.assert_allclose(costs, expected, rtol=1e-6, atol=1e-9)


def test_of_two_equal_inputs_one_is_free_and_one_is_dear():
    hessian = torch.tensor([[1.0, 0.999, 0.0], [0.999, 1.0, 0.0], [0.0, 0.0, 1.0]])
    costs = removal_costs(torch.tensor([[1.0, 1.0, 0.1]]), hessian)[0]
    assert sorted(costs[:2].tolist())[0] < 0.02
    assert sorted(costs[:2].tolist())[1] > 1.5


def test_rows_do_not_meet():
    rng = torch.Generator().manual_seed(0)
    weight, root = (torch.randn(s, generator=rng) for s in ((4, 5), (9, 5)))
    hessian = root.T @ root
    together = removal_costs(weight, hessian)
    for row, costs in itertools.zip_longest(weight, together):
        torch.testing.assert_close(removal_costs(row[None], hessian)[0], costs)


def test_the_inverse_is_taken_in_double_precision():
    rng = torch.Generator().manual_seed(0)
    weight, root = (torch.randn(s, generator=rng) for s in ((4, 5), (9, 5)))
    hessian = root.T @ root
    costs = removal_costs(weight, hessian)
    assert costs.dtype == torch.float64
    exact = removal_costs(weight.double(), hessian.double())
    torch.testing.assert_close(costs, exact, rtol=1e-12, atol=0)
