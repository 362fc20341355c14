"""How long an LSTM trains: as long as forecasts of what came next were best."""

import numpy as np
import pytest
from skorch.callbacks import Callback

from skprune import PrunedLSTMClassifier, PrunedLSTMRegressor
from skprune.estimator.jobs import make_job
from skprune.training.rehearsal import rehearsal_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

DRAWS = np.random.default_rng(0)
X = DRAWS.normal(size=(160, 8))
Y = X[:, -2] + 0.5 * X[:, 0] + DRAWS.normal(size=160)
SMALL = {"hidden_layer_sizes": (6,), "dense_layer_sizes": (), "n_timesteps": 4}
SMALL |= {
    "max_iter": 30,
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


def test_trains_for_as_many_epochs_as_were_best_on_the_last_rows():
    # The first part's own scale: early stopping learns from nothing else either.
    light = DENSE | {"alpha": 1e-4}
    judged = regressor(**light, early_stopping=True).fit(X, Y)
    best = int(np.argmax(judged.validation_scores_)) + 1
    assert 1 < best < len(judged.validation_scores_)
    whole = regressor(**light).fit(X, Y)
    assert len(whole.loss_curve_) == whole.n_iter_ == best
    assert whole.t_ == best * len(X)


def test_a_rehearsal_knows_nothing_of_what_came_next():
    """Neither the inputs nor the targets of the last rows move its training loss."""
    lstm = regressor(**DENSE)
    losses = []
    for scale in (1.0, 50.0):
        seen, target = X.copy(), Y.copy()
        seen[128:] += scale - 1.0
        target[128:] *= scale
        phase = rehearsal_of(job_of(lstm, seen, target))
        losses.append(phase.net.train_epoch(phase.batches))
    # To the rounding of targets that are scaled twice.
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_the_gap_is_that_of_the_horizon():
    y = np.stack([Y, Y, Y], axis=1)
    train, valid = job_of(regressor(**DENSE), X, y).rehearsal
    assert len(valid) == 32 and valid[-1] == 159
    assert train[-1] == valid[0] - 3


@pytest.mark.parametrize(
    ("n", "parameters"),
    [(99, {}), (160, {"early_stopping": True}), (160, {"sparsity": "auto"})],
)
def test_not_where_rows_are_few_or_set_aside(n, parameters):
    assert job_of(regressor(**parameters), X[:n], Y[:n]).rehearsal is None


def test_the_rate_falls_to_the_last_epoch():
    rates = []

    class Noted(Callback):
        def on_epoch_end(self, net, **_):
            rates.append(net.optimizer_.param_groups[0]["lr"])

    regressor(**DENSE, callbacks=[Noted()]).fit(X, Y)
    assert rates[0] == 0.02 and (np.diff(rates) < 0).all()
    assert 0.02 * 0.05 < rates[-1] < 0.02


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


def test_criteria_go_on_reading_the_labels():
    """By its own predictions a network has no gradient before anything is cut."""
    found = [
        regressor(criterion=name, sparsity=0.5, schedule="one_shot").fit(X, Y)
        for name in ("fisher", "random")
    ]
    masks = [np.concatenate([m.ravel() for m in f.masks_.values()]) for f in found]
    assert 0.3 < np.mean(masks[0] == masks[1]) < 0.7
    assert found[0].score(X, Y) > found[1].score(X, Y)


def test_classes_are_imitated_by_probability():
    label = np.digitize(Y, [-1.0, 1.0])
    lstm = PrunedLSTMClassifier(**DENSE).fit(X, label)
    pruned = PrunedLSTMClassifier(**SMALL, sparsity=0.5).fit(X, label)
    apart = np.abs(pruned.predict_proba(X) - lstm.predict_proba(X)).mean()
    assert apart < 0.05


@pytest.mark.parametrize("loss", ["quantile", "poisson"])
def test_every_loss_imitates(loss):
    y = np.exp(Y / 3)
    dense = regressor(**DENSE, loss=loss).fit(X, y)
    pruned = regressor(loss=loss, sparsity=0.5).fit(X, y)
    r = np.corrcoef(dense.predict(X), pruned.predict(X))[0, 1]
    assert r > 0.95


def test_a_number_for_alpha_is_kept_to():
    free, held, strong = (
        np.square(regressor(**DENSE, alpha=alpha).fit(X[:90], Y[:90]).coefs_[0]).sum()
        for alpha in (0.0, "auto", 30.0)
    )
    assert strong < held < free
