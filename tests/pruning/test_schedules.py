"""Schedules against numbers by hand, their laws, and the cuts that follow them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from instances import classifier
from parts import SCHEDULES, Iterative, Lottery, get_schedule
from sklearn.datasets import make_classification
from skorch.callbacks import Callback

schedules = st.one_of(
    st.sampled_from(sorted(SCHEDULES)).map(get_schedule),
    st.integers(1, 20).map(Iterative),
    st.integers(1, 20).map(Lottery),
)
progress = st.floats(0, 1)


BY_HAND = {
    "one_shot": {0.0: 1.0, 0.1: 1.0, 0.5: 1.0},
    "linear": {0.0: 0.0, 0.1: 0.1, 0.25: 0.25, 0.9: 0.9},
    "cubic": {0.0: 0.0, 0.1: 0.271, 0.25: 0.578125, 0.5: 0.875, 0.9: 0.999},
    # (1 - 0.05**(rounds / 5)) / 0.95; a round begins at each fifth.
    "iterative": {
        0.0: 0.474441819,
        0.199: 0.474441819,
        0.2: 0.735043351,
        0.5: 0.878186631,
        0.799: 0.95681241,
        0.8: 1.0,
        0.9: 1.0,
    },
}
BY_HAND["lottery"] = BY_HAND["iterative"]


def test_each_schedule_is_in_the_table():
    assert BY_HAND.keys() == SCHEDULES.keys()


@pytest.mark.parametrize("name", BY_HAND)
def test_shares_by_hand(name):
    for progress, share in BY_HAND[name].items():
        assert get_schedule(name)(progress) == pytest.approx(share, abs=1e-8), progress
    assert get_schedule(name)(1.0) == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("name", ["iterative", "lottery"])
def test_the_number_of_rounds(name):
    # (1 - sqrt(0.05)) / 0.95 at first, then all.
    schedule = SCHEDULES[name](n_rounds=2)
    found = [schedule(p) for p in (0.0, 0.49, 0.5, 1.0)]
    assert found == pytest.approx([0.817256002, 0.817256002, 1.0, 1.0], abs=1e-8)
    assert [SCHEDULES[name](n_rounds=1)(p) for p in (0.0, 1.0)] == pytest.approx([1, 1])
    assert SCHEDULES[name]().n_rounds == 5


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
    schedule.final = 0.9
    assert repr(schedule) == "Iterative(final=0.9, n_rounds=3)"


X, y = make_classification(60, 6, random_state=0)


class Watch(Callback):
    """Keeps the weights that each epoch begins and ends with."""

    # Of the class: each network has a copy of the callback.
    begins: list = []
    ends: list = []

    def on_epoch_begin(self, net, **kwargs):
        self.begins.append(self.weights(net))

    def on_epoch_end(self, net, **kwargs):
        self.ends.append(self.weights(net))

    def weights(self, net):
        return [p.detach().clone() for p in net.module_.parameters() if p.ndim > 1]


@pytest.fixture
def watch():
    Watch.begins.clear()
    Watch.ends.clear()
    return Watch


def fit(schedule, **parameters):
    """Prune over ten epochs after four."""
    settings = {"max_iter": 4, "prune_iter": 20, "n_iter_no_change": 100}
    return classifier(schedule=schedule, **settings | parameters).fit(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", BY_HAND)
def test_as_much_is_gone_as_the_schedule_says(name):
    model = fit(name, sparsity=0.5)
    n_units = 6 * 8 + 8
    shares = [get_schedule(name)(step / 10) for step in range(1, 10)]
    expected = [round(round(n_units * 0.5) * share) for share in [*shares, *[1.0] * 11]]
    found = np.array(model.net_.history[4:, "sparsity"]) * n_units
    assert found.tolist() == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", BY_HAND)
def test_the_lottery_alone_returns_to_the_first_epoch(name, watch):
    fit(name, sparsity=0.5, callbacks=[Watch()], regrow=None)
    n_rewound = 0
    for before, begin in zip(watch.ends[3:-1], watch.begins[4:], strict=True):
        cut = any((old != 0) & (new == 0) for old, new in pairs(before, begin))
        origin = watch.ends[0] if name == "lottery" and cut else before
        n_rewound += cut and name == "lottery"
        assert all(new in (0, old) for old, new in pairs(origin, begin))
    # Five rounds.
    assert n_rewound == (5 if name == "lottery" else 0)


def pairs(some, others):
    """Run through the entries of two networks' matrices."""
    for a, b in zip(some, others, strict=True):
        yield from zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
