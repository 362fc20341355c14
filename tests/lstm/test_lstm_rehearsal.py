"""How long an LSTM trains: as long as forecasts of what came next were best."""

import numpy as np
import pytest
import torch

from skprune import PrunedLSTMClassifier, PrunedLSTMRegressor
from skprune.estimator.jobs import make_job
from skprune.training.batches import Batches
from skprune.training.beginnings import dense_phase, pruning_phase
from skprune.training.factory import PRUNE, make_net
from skprune.training.imitation import imitating, predictions_of
from skprune.training.loop import run
from skprune.training.rehearsal import rehearsals_of
from skprune.training.step import Step

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

DRAWS = np.random.default_rng(0)
N = 250
X = DRAWS.normal(size=(N, 8))
Y = X[:, -2] + 0.5 * X[:, 0] + DRAWS.normal(size=N)
SMALL = {"hidden_layer_sizes": (4,), "dense_layer_sizes": (), "n_timesteps": 4}
SMALL |= {
    "max_iter": 15,
    "prune_iter": 10,
    "learning_rate_init": 0.02,
    "batch_size": 16,
    "random_state": 0,
}
DENSE = SMALL | {"sparsity": 0.0}


def regressor(**parameters):
    return PrunedLSTMRegressor(**(SMALL | parameters))


def job_of(lstm, X, y):
    rows, targets = lstm._read(X, y, None, reset=True)
    return make_job(lstm, rows, targets, None)


class Unheard:
    """A progress that nobody is told of."""

    def begin_phase(self, name, n_epochs): ...

    def begin_epoch(self): ...

    def end_epoch(self, nets): ...

    def end_phase(self): ...


def rehearsed(lstm):
    """Return the rehearsals of a fit, at their ends."""
    phases = rehearsals_of(job_of(lstm, X, Y))
    for phase in phases:
        run([phase], Unheard(), [lambda line: None])
    return phases


def test_trains_for_as_many_epochs_as_forecast_best():
    phases = rehearsed(regressor(**DENSE))
    losses = [[row["valid_loss"] for row in p.complete_epochs()] for p in phases]
    best = min(losses, key=min)
    n_epochs = int(np.argmin(best)) + 1
    assert n_epochs > 1
    whole = regressor(**DENSE).fit(X, Y)
    assert len(whole.loss_curve_) == whole.n_iter_ == n_epochs
    assert whole.t_ == n_epochs * N


def test_the_prior_is_held_to_where_it_forecasts_better():
    for alpha, precisions in (("auto", [0.0, 48.0]), (0.5, [0.0])):
        phases = rehearsals_of(job_of(regressor(**DENSE, alpha=alpha), X, Y))
        assert [phase.plan.precision for phase in phases] == precisions
    free, held = rehearsed(regressor(**DENSE))
    assert np.square(held.net.weights()).sum() < np.square(free.net.weights()).sum()


def test_what_is_judged_is_the_average_of_the_steps():
    """Against the sum that it is: the n-th of N steps weighs by n (n + 1) (n + 2)."""
    value = torch.nn.Parameter(torch.zeros(2))
    value.grad = torch.zeros(2)
    step, seen = Step(value, torch.optim.SGD([value], lr=1.0)), []
    step.begin_average()
    for _ in range(9):
        value.grad.copy_(torch.from_numpy(DRAWS.normal(size=2)))
        step.step()
        seen.append(value.detach().numpy().copy())
    n = np.arange(1, 10)
    expected = np.average(seen, axis=0, weights=n * (n + 1) * (n + 2))
    np.testing.assert_allclose(step.average.numpy(), expected, rtol=1e-5)


def test_a_rehearsal_knows_nothing_of_what_comes_next():
    """Neither the inputs nor the targets of the last rows move its training loss."""
    losses = []
    for scale in (1.0, 50.0):
        seen, target = X.copy(), Y.copy()
        seen[200:] += scale - 1.0
        target[200:] *= scale
        phase, _ = rehearsals_of(job_of(regressor(**DENSE), seen, target))
        losses.append(phase.net.train_epoch(phase.batches))
    # To the rounding of targets that are scaled twice.
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_the_gap_is_that_of_the_horizon():
    y = np.stack([Y, Y, Y], axis=1)
    train, valid = job_of(regressor(**DENSE), X, y).rehearsal
    assert len(valid) == 50 and valid[-1] == N - 1
    assert train[-1] == valid[0] - 3


@pytest.mark.parametrize(
    ("n", "parameters"),
    [
        (249, {}),
        (N, {"early_stopping": True}),
        (N, {"sparsity": "auto"}),
        (N, {"validation_fraction": 0.0}),
    ],
)
def test_none_where_rows_are_few_or_set_aside(n, parameters):
    assert job_of(regressor(**parameters), X[:n], Y[:n]).rehearsal is None


def test_each_series_forecasts_its_own_end():
    series = np.repeat(np.arange(2), N // 2)
    lstm = regressor(**DENSE)
    rows, targets = lstm._read(X, Y, None, reset=True, series=series)
    _, valid = make_job(lstm, rows, targets, None).rehearsal
    np.testing.assert_array_equal(valid, np.r_[100:125, 225:250])


def test_no_longer_than_asked_and_says_so():
    with pytest.warns(UserWarning, match=r"Maximum iterations \(3\) reached"):
        lstm = regressor(**DENSE | {"max_iter": 3}).fit(X, Y)
    assert len(lstm.loss_curve_) <= 3


def test_what_is_only_noise_is_not_learnt():
    """Errors are those of the mean, where the labels say no more than that."""
    noise = DRAWS.normal(size=(600, 8)), DRAWS.normal(size=600)
    new = DRAWS.normal(size=(2000, 8)), DRAWS.normal(size=2000)
    for sparsity in (0.0, 0.9):
        lstm = PrunedLSTMRegressor(
            (20,), n_timesteps=4, sparsity=sparsity, random_state=0
        ).fit(*noise)
        assert lstm.score(*new) > -0.02


@pytest.mark.parametrize("granularity", ["weight", "unit"])
def test_a_pruned_network_learns_from_the_dense_one(granularity):
    dense = regressor(**DENSE).fit(X, Y)
    pruned = regressor(granularity=granularity, sparsity=0.5).fit(X, Y)
    n = len(dense.loss_curve_)
    assert pruned.loss_curve_[:n] == dense.loss_curve_
    # From its predictions and not from the labels, whose noise it does not learn.
    gap = pruned.predict(X) - dense.predict(X)
    expected = 0.5 * np.mean((gap / dense._scaling.scale) ** 2)
    assert pruned.loss_ / dense._scaling.scale**2 == pytest.approx(expected, rel=0.3)
    assert np.var(gap) < 0.1 * np.var(dense.predict(X) - Y)


def begun(lstm, y):
    """Return a job and its dense network, as it is before the first step."""
    job = job_of(lstm, X, y)
    return job, dense_phase(job).outcome()


def test_criteria_go_on_reading_the_labels():
    job, dense = begun(regressor(), Y)
    phase = pruning_phase(job, dense, [])
    np.testing.assert_array_equal(phase.pruner.batches.rows.y, job.rows.y)
    taught = predictions_of(job, dense.value)
    np.testing.assert_array_equal(phase.batches.rows.y, taught)


TARGETS = {
    "numbers": (PrunedLSTMRegressor(**SMALL), Y),
    "rates": (PrunedLSTMRegressor(**SMALL, loss="poisson"), np.exp(Y)),
    "two classes": (PrunedLSTMClassifier(**SMALL), Y > 0),
    "three classes": (PrunedLSTMClassifier(**SMALL), np.digitize(Y, [-1.0, 1.0])),
}


@pytest.mark.parametrize("name", TARGETS)
def test_a_network_that_imitates_itself_has_no_gradient(name):
    job, dense = begun(*TARGETS[name])
    net = make_net(job.plan, None, PRUNE, dense.value)
    batch = Batches(imitating(job, dense.value), N).take(slice(None))
    net.loss.mean(net.module_(batch.x), batch.y).backward()
    assert net.flat_.grad.abs().max() < 1e-6
    net.flat_.grad.zero_()
    batch = Batches(job.rows, N).take(slice(None))
    net.loss.mean(net.module_(batch.x), batch.y).backward()
    assert net.flat_.grad.abs().max() > 1e-3


def test_validation_rows_keep_their_labels():
    job, dense = begun(regressor(early_stopping=True), Y)
    rows = imitating(job, dense.value)
    np.testing.assert_array_equal(rows.y[job.valid], job.rows.y[job.valid])
    assert not np.any(rows.y[job.train] == job.rows.y[job.train])


def test_a_teacher_goes_before_the_dense_network_and_quantiles_have_none():
    assert job_of(regressor(), X, Y).prune.imitates
    assert not job_of(regressor(loss="quantile"), X, Y).prune.imitates
    assert not job_of(regressor(teacher="self"), X, Y).prune.imitates


def test_a_number_for_alpha_is_kept_to():
    free, held, strong = (
        np.square(regressor(**DENSE, alpha=alpha).fit(X[:90], Y[:90]).coefs_[0]).sum()
        for alpha in (0.0, "auto", 30.0)
    )
    assert strong < held < free
