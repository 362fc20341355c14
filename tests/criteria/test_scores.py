"""Each criterion against numbers worked out by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from parts import UnitView

from skprune.criteria import CRITERIA, get_criterion

W = [[3.0, -4.0], [0.0, 1.0], [-1.0, -1.0]]

# criterion: (fields beside the weights W, the score of each unit)
BY_HAND = {
    "magnitude": ({}, [12.5**0.5, 0.5**0.5, 1.0]),
    "random": ({"noise": [[0.3, 0.9], [0.8, 0.1], [0.5, 0.4]]}, [0.3, 0.8, 0.5]),
    # The terms of a unit may cancel: 3 * 4 - 4 * 3 = 0.
    "gradient": ({"grad": [[4.0, 3.0], [9.0, -5.0], [1.0, 1.0]]}, [0.0, 5.0, 2.0]),
    "snip": ({"initial": [[0.5, 0.25], [1.0, 0.0], [2.0, 4.0]]}, [0.75, 1.0, 6.0]),
    # (9 * 2 + 16 * 1) / 2, (0 + 1 * 4) / 2, (1 * 1 + 1 * 0) / 2
    "fisher": ({"grad_sq": [[2.0, 1.0], [8.0, 4.0], [1.0, 0.0]]}, [17.0, 2.0, 0.5]),
    "obs": ({"curvature": [[0.0, 0.5], [7.0, 6.0], [2.0, 4.0]]}, [4.0, 3.0, 3.0]),
    # sqrt((3 * 1)**2 + (4 * 1)**2), |1 * 13|, sqrt(5**2 + 12**2)
    "activation": ({"activation": [[1.0, 1.0], [99, 13], [5, 12]]}, [5.0, 13.0, 13.0]),
    # Weights that shrank while trained are worth less than none.
    "movement": ({"movement": [[-3.0, 1.0], [0.5, 0.5], [4.0, -1.0]]}, [-2, 1, 3]),
    # Squared norms 25, 1 and 2: each over the sum of those no smaller.
    "lamp": ({}, [1.0, 1 / 28, 2 / 27]),
    "error": ({"ablation": [[0.1], [-0.2], [0.0]]}, [0.1, -0.2, 0.0]),
    "reach": ({"reach": [[0.2, 0.4], [0.0, 0.1], [0.5, 0.5]]}, [0.3, 0.05, 0.5]),
    # (3 * 2 + 4 * 1) / 2 + 1.5, (0 + 1 * 3) / 2 + 3.5, (1 + 0) / 2 + 0.5
    "importance": ({"column": [[2.0, 1.0], [4.0, 3.0], [1.0, 0.0]]}, [6.5, 5.0, 1.0]),
}


def test_each_criterion_is_in_the_table():
    assert BY_HAND.keys() == CRITERIA.keys()


@pytest.mark.parametrize("name", BY_HAND)
def test_scores_by_hand(name):
    fields, expected = BY_HAND[name]
    view = UnitView(torch.tensor(W), **{f: torch.tensor(v) for f, v in fields.items()})
    found = get_criterion(name).score(view)
    expected = torch.tensor(expected, dtype=found.dtype)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", BY_HAND)
def test_reads_what_it_needs_and_no_more(name):
    fields, _ = BY_HAND[name]
    assert set(get_criterion(name).needs) == {"weight", *fields}


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        # Equal units share the sum over both: 1 / 6, 1 / 6 and 4 / 4.
        ([1.0, -1.0, 2.0], [1 / 6, 1 / 6, 1.0]),
        ([2.0, 2.0, 2.0], [1 / 3] * 3),
        # Nothing over nothing is nothing.
        ([0.0, 0.0], [0.0, 0.0]),
        ([0.0, 5.0], [0.0, 1.0]),
        # Squares that single precision has not: 1e-60.
        ([1e-30, 2e-30], [1 / 5, 1.0]),
    ],
)
def test_lamp_of_equal_and_of_extreme_units(weights, expected):
    found = get_criterion("lamp").score(UnitView(torch.tensor(weights)[:, None]))
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=9))
def test_lamp_against_its_sum(weights):
    found = get_criterion("lamp").score(UnitView(torch.tensor(weights)[:, None]))
    squares = [w * w for w in weights]
    expected = [q / max(sum(r for r in squares if r >= q), 1) for q in squares]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))


def test_of_columns_that_move_nothing_the_larger_weights_stay():
    # In single precision, as networks are, beside a share of normal size.
    view = UnitView(torch.tensor(W, dtype=torch.float32), reach=torch.ones(3, 2))
    sizes = get_criterion("magnitude").score(UnitView(view.weight.double()))
    found = get_criterion("reach").score(view)
    torch.testing.assert_close(found, 1 + 1e-9 * sizes, rtol=0, atol=1e-12)


def test_sizes_break_ties_where_single_precision_has_no_squares():
    weights = torch.tensor([[1e20], [3e-25]])
    found = get_criterion("reach").score(UnitView(weights, reach=torch.zeros(2, 1)))
    torch.testing.assert_close(found, 1e-9 * weights[:, 0].double())


def test_a_criterion_stands_for_itself():
    criterion = get_criterion("lamp")
    assert get_criterion(criterion) is criterion


def test_only_the_surgeon_moves_what_stays():
    assert [n for n in CRITERIA if get_criterion(n).compensates] == ["obs"]


def test_names_show_their_settings():
    criterion = get_criterion("magnitude")
    criterion.power, criterion.axis = 2, "row"
    assert repr(criterion) == "Magnitude(axis='row', power=2)"
