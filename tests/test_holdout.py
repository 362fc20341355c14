"""The rows held out are scikit-learn's, found in less memory."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from skprune.estimator.holdout import hold_out


def scikit_learn(n, fraction, random_state, codes=None):
    parts = train_test_split(
        np.arange(n), test_size=fraction, random_state=random_state, stratify=codes
    )
    return tuple(map(np.sort, parts))


def outcome(split, n, fraction, seed, codes):
    """Return what a split gives, and the next draw; or how it fails."""
    random_state = np.random.RandomState(seed)
    try:
        train, valid = split(n, fraction, random_state, codes)
    except ValueError as error:
        return str(error).split(" Classes with")[0]
    return train.tolist(), valid.tolist(), random_state.randint(2**31)


@given(
    codes=st.lists(st.sampled_from([0, 1, 2, 2, 5]), min_size=2, max_size=60),
    fraction=st.floats(0.05, 0.95),
    seed=st.integers(0, 2**32 - 1),
    stratified=st.booleans(),
)
def test_equals_train_test_split(codes, fraction, seed, stratified):
    case = len(codes), fraction, seed, np.array(codes) if stratified else None
    assert outcome(hold_out, *case) == outcome(scikit_learn, *case)


def test_takes_many_classes():
    codes = np.random.RandomState(0).randint(0, 300, 5000)
    case = 5000, 0.2, 0, codes
    assert outcome(hold_out, *case) == outcome(scikit_learn, *case)


def bytes_a_row(split, stratified):
    n = 200_000
    codes = np.arange(n, dtype=np.int32) % 2 if stratified else None
    random_state = np.random.RandomState(0)
    split(1000, 0.1, random_state, None if codes is None else codes[:1000])
    tracemalloc.start()
    try:
        split(n, 0.1, random_state, codes)
        return tracemalloc.get_traced_memory()[1] / n
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("stratified", [True, False])
def test_takes_little_memory(stratified):
    ours, theirs = (bytes_a_row(s, stratified) for s in (hold_out, scikit_learn))
    # Two positions of eight bytes a row, and some masks.
    assert ours < 24
    assert ours < 0.75 * theirs
