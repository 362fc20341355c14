"""Which strength of the penalty a network is pruned under, and which one wins."""

import math
from dataclasses import replace
from functools import cache
from statistics import fmean
from types import SimpleNamespace

import numpy as np
import pytest
from instances import classifier
from joblib import Memory
from numpy.testing import assert_allclose
from parts import (
    USUAL,
    Race,
    Rows,
    entrants,
    get_loss,
    penalised,
    prior,
    prior_of,
    strength,
    train_all,
)
from scipy import sparse
from sklearn.datasets import make_classification

from skprune.estimator.jobs import make_job

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(130, 10, random_state=0)
X = X.astype(np.float32)
VALID, TRAIN = np.split(np.arange(130), [40])


@cache
def job(**parameters):
    """Return a job with 40 of 130 rows set aside, pruned for 24 epochs."""
    model = classifier(**{"prune_iter": 24, "max_iter": 3} | parameters)
    encoded, targets = model.fit(X, y)._encode(y, None, None, reset=False)
    whole = make_job(model, Rows(X, encoded), targets, None)
    return replace(whole, train=TRAIN, valid=VALID)


class Progress:
    """Presses Ctrl-C before an epoch of the pruning phase, if asked to."""

    def __init__(self, n_epochs=None):
        self.n_left, self.phase = n_epochs, None

    def begin_phase(self, name, n_epochs):
        self.phase = name

    def begin_epoch(self):
        if self.n_left is not None and self.phase == "pruning":
            if self.n_left == 0:
                raise KeyboardInterrupt
            self.n_left -= 1

    def end_epoch(self, nets): ...
    def interrupted(self, phase): ...
    def end_phase(self): ...


@pytest.fixture
def race(monkeypatch):
    """Return what trains jobs under some precisions, to the end or for some epochs."""

    def run(jobs, *precisions, n_epochs=None):
        monkeypatch.setattr(strength, "PRECISIONS", precisions)
        monkeypatch.setattr(prior, "MOST", math.inf)
        return train_all(jobs, Memory(None), Progress(n_epochs), lambda line: None)

    return run


def test_the_prior_is_of_the_entrants_precision_over_the_training_rows():
    asked = job()
    for precision, p in ((None, USUAL), (2.0, 2.0)):
        entrant = replace(asked, prune=replace(asked.prune, precision=precision))
        for n_rows, n in ((None, 90), (500, 500)):
            found = prior_of(entrant, n_rows)
            assert found.whole == pytest.approx(min(p / n, 1 / 6))
            assert found.is_flattered is False
    share = y[VALID].mean()
    entropy = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    assert found.blind == pytest.approx(entropy, rel=1e-5)


def test_rows_that_a_classifier_learns_from_flatter_it_but_for_a_rehearsal():
    asked = replace(job(), valid=None)
    assert prior_of(asked).is_flattered
    assert not prior_of(replace(asked, rehearsal=(TRAIN, VALID))).is_flattered
    plan = replace(asked.plan, loss=get_loss("squared_error"))
    rows = replace(asked.rows, y=asked.rows.y.astype(np.float32))
    assert not prior_of(replace(asked, plan=plan, rows=rows)).is_flattered


def test_the_plan_has_the_priors_share_at_the_loss():
    asked = job()
    found = prior_of(asked)
    assert penalised(asked, found, 0.1) == replace(asked.plan, prior=found.at(0.1))


def test_a_penalty_that_was_asked_for_is_taken():
    asked = job()
    asked = replace(asked, prune=replace(asked.prune, alpha=3.0, precision=8.0))
    assert prior_of(asked) is None
    assert penalised(asked, None, 0.1) == replace(asked.plan, alpha=3.0)


def test_each_precision_enters():
    asked = job()
    found = entrants(asked)
    assert [one.prune.precision for one in found] == list(strength.PRECISIONS)
    for one in found:
        assert replace(one, prune=replace(one.prune, precision=None)) == asked


def test_no_race_is_held_where_nothing_can_be_chosen():
    asked = job()
    for alone in (
        replace(asked, prune=None),
        replace(asked, prune=replace(asked.prune, alpha=1.0)),
        replace(asked, valid=None),
        replace(asked, rows=replace(asked.rows, X=sparse.csr_array(X))),
    ):
        assert entrants(alone) == [alone]


def phases_of(*losses, n_ramp=12):
    """Return stand-ins for phases that have had these losses, and their race."""
    phases = [
        SimpleNamespace(n_ramp=n_ramp, losses=some, done=len(some)) for some in losses
    ]
    found = Race(phases)
    assert all(phase.race is found for phase in phases)
    return phases, found


@pytest.mark.parametrize(
    ("losses", "leader"),
    [
        # Of six epochs the last five judge, by their mean.
        (([0, 5, 5, 5, 5, 5], [99, 4, 4, 4, 4, 8]), 1),
        (([9, 5, 5, 5, 5, 5], [0, 9, 9, 9, 9, 0]), 0),
        (([9, 1, 1, 1, 1, 1.5], [0, 0, 2, 1, 1, 1]), 1),
        # What the winner comes to later does not.
        (([9, 9, 9, 9, 9, 9], [8, 8, 8, 8, 8, 8, 99, 99]), 1),
        # Before the end those so far, and only those that all have behind them.
        (([2, 2], [1, 1]), 1),
        (([2, 2, 2, 2], [3, 3, 3]), 0),
        (([2, 2, 2, 2, 2, 2], [3, 3, 3, 3, 3]), 0),
        # The first of equals.
        (([1, 2], [2, 1]), 0),
        (([], []), 0),
    ],
)
def test_the_lowest_loss_leads(losses, leader):
    phases, found = phases_of(*losses)
    assert found.leader is phases[leader]


@pytest.mark.parametrize(("n_ramp", "n_epochs"), [(12, 6), (7, 4), (1, 1)])
def test_a_race_is_over_after_half_of_the_ramp(n_ramp, n_epochs):
    for n in range(1, n_epochs):
        phases, found = phases_of([2] * n, [1] * n, n_ramp=n_ramp)
        assert not any(map(found.is_lost_by, phases))
    phases, found = phases_of([2] * n_epochs, [1] * n_epochs, n_ramp=n_ramp)
    assert [found.is_lost_by(phase) for phase in phases] == [True, False]
    phases, found = phases_of([2] * n_epochs, [1] * (n_epochs + 3), n_ramp=n_ramp)
    assert [found.is_lost_by(phase) for phase in phases] == [True, False]


def test_who_diverges_is_out_unless_nobody_else_is_in():
    (one, two, three), found = phases_of([1, 1], [3, 3], [2, 2])
    assert found.goes_on_without(one) and found.goes_on_without(one)
    assert found.is_lost_by(one) and found.leader is three
    assert found.goes_on_without(three) and found.leader is two
    assert not found.goes_on_without(two)
    assert not found.is_lost_by(two) and found.leader is two


def test_who_won_the_race_may_not_diverge():
    (one, two), found = phases_of([1] * 6, [2] * 6)
    assert not found.goes_on_without(one) and not found.goes_on_without(two)
    (one, two), found = phases_of([1] * 5, [2] * 5)
    assert found.goes_on_without(one)


@pytest.mark.parametrize("n_networks", [1, 2])
def test_the_leader_is_pruned_to_the_end(race, n_networks):
    jobs = [job(random_state=seed) for seed in range(n_networks)]
    alone = [race(jobs, p) for p in (1e4, 32.0)]
    found = race(jobs, 1e4, 32.0)
    assert all(one.loss > two.loss for one, two in zip(*alone, strict=True))
    for one, two in zip(found, alone[1], strict=True):
        assert_allclose(one.value, two.value, atol=1e-4)


@pytest.mark.filterwarnings("ignore:Training interrupted")
@pytest.mark.parametrize("n_epochs", [1, 4])
def test_an_interrupted_race_leaves_the_leader(race, n_epochs):
    asked = [job()]
    alone = [race(asked, p, n_epochs=n_epochs)[0] for p in (1e4, 32.0)]
    (found,) = race(asked, 1e4, 32.0, n_epochs=n_epochs)
    losses = [fmean(row["valid_loss"] for row in one.history) for one in alone]
    assert losses[1] < losses[0]
    assert found.interrupted and len(found.history) == n_epochs
    assert_allclose(found.value, alone[1].value, atol=1e-4)


DIVERGING = {"solver": "sgd", "learning_rate_init": 0.1}


@pytest.mark.parametrize("n_networks", [1, 2])
def test_a_network_that_diverges_loses(race, n_networks):
    jobs = [job(**DIVERGING, random_state=seed) for seed in range(n_networks)]
    found = race(jobs, 1e9, 32.0, 1e8)
    for one, two in zip(found, race(jobs, 32.0), strict=True):
        assert_allclose(one.value, two.value, atol=1e-4)
        assert np.isfinite(one.loss)


def test_a_fit_fails_where_all_networks_diverge(race):
    asked = [job(**DIVERGING)]
    with pytest.raises(ValueError, match="loss that is not finite"):
        race(asked, 1e9, 1e8)
