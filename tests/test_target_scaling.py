"""What scales the targets: those of the rows that a network learns from, alone."""

import numpy as np
import pytest

from skprune import PrunedLSTMRegressor, PrunedMLPRegressor
from skprune.estimator.seeds import seeds_of_networks

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

DRAWS = np.random.default_rng(0)
X = DRAWS.normal(size=(80, 6))
Y = X[:, 0] + 0.1 * DRAWS.normal(size=80) + 3.0
FEW = {"early_stopping": True, "max_iter": 2, "prune_iter": 2, "random_state": 3}
MODELS = {
    "lstm": PrunedLSTMRegressor((3,), dense_layer_sizes=(), n_timesteps=3, **FEW),
    "mlp": PrunedMLPRegressor((4,), **FEW),
    "auto": PrunedMLPRegressor(
        (4,), sparsity="auto", **FEW | {"early_stopping": False}
    ),
    "poisson": PrunedMLPRegressor((4,), loss="poisson", **FEW),
}


def split(model, n=80):
    return model._layout.split(model, np.zeros((n, 1)), np.random.RandomState(3))


@pytest.mark.parametrize("name", MODELS)
def test_validation_targets_tell_of_no_scale(name):
    model = MODELS[name]
    train, valid = split(model)
    changed = np.abs(Y)
    before = model.fit(X, changed.copy())
    losses, scores = before.loss_curve_, before.validation_scores_
    np.testing.assert_allclose(
        before._scaling.fit(changed[train][:, None], None).scale, before._scaling.scale
    )
    changed[valid] *= 50
    after = model.fit(X, changed)
    assert after.loss_curve_[0] == losses[0]
    assert after.validation_scores_[0] < scores[0]


def test_rows_without_weight_are_no_part_of_it():
    weight = np.ones(80)
    weight[::4] = 0.0
    model = MODELS["mlp"].fit(X, Y, weight)
    kept = Y[weight > 0]
    train, _ = split(model, 60)
    assert model._scaling.centre == pytest.approx(kept[train].mean())


def test_networks_that_go_on_take_in_training_rows_alone():
    model = PrunedMLPRegressor((4,), warm_start=True, **FEW).fit(X[:40], Y[:40])
    train, valid = split(model, 40)
    model.fit(X[:40], np.where(np.isin(np.arange(40), valid), 1e6, Y[:40]))
    assert model._scaling.scale < 10


def test_of_several_networks_each_learns_from_other_rows():
    model = PrunedMLPRegressor((4,), n_networks=2, **FEW)
    splits = [
        model._layout.split(model, Y[:, None], np.random.RandomState(seed))
        for seed in seeds_of_networks(model)
    ]
    of_none = np.intersect1d(*(valid for _, valid in splits))
    learnt = np.setdiff1d(np.arange(80), of_none)
    assert 0 < len(of_none) < 8
    model.fit(X, Y)
    assert model._scaling.centre == pytest.approx(Y[learnt].mean())
    assert [one.random_state for one in model.estimators_] == seeds_of_networks(model)


@pytest.mark.parametrize("n_networks", [1, 2])
def test_a_generator_splits_as_it_scales(n_networks):
    """The split that judges is the one that was scaled by, though it's drawn once."""
    model = PrunedMLPRegressor((4,), n_networks=n_networks, **FEW)
    given = [model.set_params(random_state=np.random.RandomState(7)).fit(X, Y)
             .predict(X) for _ in range(2)]  # fmt: skip
    np.testing.assert_array_equal(*given)
    assert "_seed" not in vars(model)
