"""Which rows are held out, against scikit-learn's split and by its laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from skprune.estimator.holdout import hold_out, shares

fractions = st.floats(0.02, 0.9)
seeds = st.integers(0, 2**31 - 1)


@given(st.integers(2, 300), fractions, seeds)
def test_splits_as_many_as_scikit_learn_does(n_rows, fraction, seed):
    if np.ceil(fraction * n_rows) >= n_rows:
        return
    train, valid = hold_out(n_rows, fraction, np.random.RandomState(seed))
    expected = train_test_split(np.arange(n_rows), test_size=fraction, random_state=0)
    assert [len(train), len(valid)] == [len(part) for part in expected]
    assert sorted([*train, *valid]) == list(range(n_rows))
    assert (np.diff(train) > 0).all() and (np.diff(valid) > 0).all()


@given(st.lists(st.integers(2, 60), min_size=2, max_size=5), fractions, seeds)
def test_holds_out_the_same_share_of_each_class(counts, fraction, seed):
    codes = np.random.default_rng(seed).permutation(
        np.repeat(range(len(counts)), counts)
    )
    n = len(codes)
    if np.ceil(fraction * n) >= n:
        return
    train, valid = hold_out(n, fraction, np.random.RandomState(seed), codes)
    held = np.bincount(codes[valid], minlength=len(counts))
    exact = np.array(counts) * len(valid) / n
    assert held.sum() == np.ceil(fraction * n)
    assert (np.abs(held - exact) < 1).all()
    assert sorted([*train, *valid]) == list(range(n))


def test_is_the_same_for_a_seed_and_another_for_another():
    codes = np.arange(100) % 2
    first, again, other = (
        hold_out(100, 0.2, np.random.RandomState(seed), codes)[1] for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_code_that_no_row_has_gets_none():
    codes = np.array([0, 2] * 10)
    _, valid = hold_out(20, 0.2, np.random.RandomState(0), codes)
    assert np.bincount(codes[valid], minlength=3).tolist() == [2, 0, 2]


@pytest.mark.parametrize(
    ("counts", "total", "expected"),
    [([5, 3, 2], 4, [2, 1, 1]), ([1, 1], 1, [1, 0]), ([8, 0, 2], 5, [4, 0, 1])],
)
def test_shares(counts, total, expected):
    assert shares(np.array(counts), total).tolist() == expected


def test_a_class_of_one_row_is_named():
    with pytest.raises(ValueError, match=r"only 1 member.*are: \['c'\]"):
        codes, names = np.array([0, 0, 1, 1, 2]), np.array(["a", "b", "c"])
        hold_out(5, 0.4, np.random.RandomState(0), codes, names)


def test_rows_must_be_left():
    with pytest.raises(ValueError, match="no rows are left to train on"):
        hold_out(3, 0.9, np.random.RandomState(0))
