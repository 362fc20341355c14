"""Schedules never fall and end at one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skprune import parameters
from skprune.schedules import SCHEDULES, Iterative, Lottery, get_schedule

schedules = st.one_of(
    st.sampled_from(sorted(SCHEDULES)).map(get_schedule),
    st.integers(1, 20).map(Iterative),
    st.integers(1, 20).map(Lottery),
)
progress = st.floats(0, 1)


@given(schedules, progress, progress)
def test_never_falls_and_stays_a_share(schedule, a, b):
    low, high = sorted((a, b))
    assert 0.0 <= schedule(low) <= schedule(high) <= 1.0 + 1e-15


@given(schedules)
def test_ends_at_one(schedule):
    assert schedule(1.0) == pytest.approx(1.0, abs=1e-15)


def test_iterative_removes_equal_shares_of_what_is_left():
    schedule = Iterative(n_rounds=4)
    left = [1.0 - schedule.final * schedule(k / 4 + 0.1) for k in range(4)]
    ratios = [b / a for a, b in zip([1.0, *left], left, strict=False)]
    assert ratios == pytest.approx([0.05**0.25] * 4)


def test_only_the_lottery_rewinds():
    assert [n for n in SCHEDULES if get_schedule(n).rewinds] == ["lottery"]


def test_a_schedule_passes_through():
    schedule = Iterative(3)
    assert get_schedule(schedule) is schedule
    assert repr(schedule) == "Iterative(n_rounds=3)"


def test_the_estimators_know_every_schedule():
    assert parameters.SCHEDULES == SCHEDULES.keys()
