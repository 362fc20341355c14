"""How an LSTM trains on too few rows to rehearse."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from skprune import PrunedLSTMClassifier, PrunedLSTMRegressor
from skprune.estimator.jobs import make_job
from skprune.time_series import sliding_windows
from skprune.training.annealing import ANNEALING_STEPS, AnnealedPhase
from skprune.training.beginnings import dense_phase

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

DRAWS = np.random.default_rng(0)
N = 120
X = DRAWS.normal(size=(N, 8))
Y = X[:, -2] + 0.5 * X[:, 0] + DRAWS.normal(size=N)
SMALL = {"hidden_layer_sizes": (4,), "dense_layer_sizes": (), "n_timesteps": 4}
SMALL |= {"max_iter": 200, "sparsity": 0.0, "random_state": 0}


def phase_of(lstm, X=X, y=Y):
    rows, targets = lstm._read(X, y, None, reset=True)
    return dense_phase(make_job(lstm, rows, targets, None))


@pytest.mark.parametrize(
    ("parameters", "anneals"),
    [
        ({}, True),
        ({"validation_fraction": 0.0}, True),
        ({"early_stopping": True}, False),
        ({"sparsity": "auto"}, False),
        ({"alpha": 0.1}, False),
    ],
)
def test_the_prior_comes_in_where_nothing_judges(parameters, anneals):
    for kind, y in ((PrunedLSTMRegressor, Y), (PrunedLSTMClassifier, Y > 0)):
        phase = phase_of(kind(**SMALL | parameters), y=y)
        assert isinstance(phase, AnnealedPhase) == anneals


def test_not_where_rows_are_enough():
    many = np.tile(X, (3, 1))[:250], np.tile(Y, 3)[:250]
    lstm = PrunedLSTMRegressor(**SMALL, validation_fraction=0.0)
    assert not isinstance(phase_of(lstm, *many), AnnealedPhase)


@pytest.mark.parametrize(("max_iter", "n_ramp"), [(200, 75), (30, 15), (1, 1)])
def test_the_prior_is_whole_after_so_many_steps_or_half_of_the_phase(max_iter, n_ramp):
    phase = phase_of(PrunedLSTMRegressor(**SMALL | {"max_iter": max_iter}))
    # Eight batches of sixteen rows or fewer.
    assert phase.n_ramp == n_ramp == min(ANNEALING_STEPS // 8, -(-max_iter // 2))
    whole = phase.prior.whole
    assert whole == phase.plan.kind.largest_prior
    shares = []
    for done in range(max_iter):
        phase.done = done
        phase.begin_epoch()
        shares.append(phase.prior.whole / whole)
    expected = np.minimum(1.0, np.arange(1, max_iter + 1) / n_ramp)
    np.testing.assert_allclose(shares, expected)


def test_the_loss_may_stand_still_only_under_the_whole_prior():
    phase = phase_of(PrunedLSTMRegressor(**SMALL, n_iter_no_change=3))
    stops = []
    for done in range(phase.n_ramp + 5):
        phase.done = done
        phase.net.history.new_epoch()
        phase.net.history.record("train_loss", 1.0)
        stops.append(phase.end_epoch(1.0))
    assert stops.index(True) == phase.n_ramp + 3


def wave(seed, n):
    """Return windows over an autoregression that a line tells half of."""
    noise = np.random.default_rng(seed).normal(size=n + 110)
    x = np.zeros(len(noise))
    for t in range(2, len(x)):
        x[t] = 0.6 * x[t - 1] - 0.3 * x[t - 2] + noise[t] + 0.5 * noise[t - 1]
    return sliding_windows(x[100:] / 1.3, x[100:] / 1.3, window=10)


@pytest.mark.slow
def test_a_signal_is_found_and_noise_is_not_learnt():
    X, y = wave(0, 460)
    lstm = PrunedLSTMRegressor(n_timesteps=10, sparsity=0.0, random_state=0)
    assert lstm.fit(X[:200], y[:200]).score(X[200:], y[200:]) > 0.3
    noise = DRAWS.normal(size=460)
    lstm.fit(X[:120], noise[:120])
    assert lstm.score(X[120:], noise[120 : len(X)]) > -0.15


@pytest.mark.slow
def test_a_classifier_of_noise_says_that_it_knows_little():
    X = DRAWS.normal(size=(620, 8))
    y = DRAWS.random(620) < 0.5
    lstm = PrunedLSTMClassifier((20,), n_timesteps=4, random_state=0)
    lstm.fit(X[:120], y[:120])
    assert log_loss(y[120:], lstm.predict_proba(X[120:])) < 0.8
