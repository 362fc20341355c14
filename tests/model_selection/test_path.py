"""The path: one dense phase, nested masks, and models as good as separate fits."""

import pickle
import time

import numpy as np
import pytest
from instances import classifier, regressor
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_classification, make_regression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedLSTMRegressor, sparsity_path
from skprune.model_selection.levels import checked_levels, spaced_levels
from skprune.training import path as training
from skprune.training import run
from skprune.training.levels import PathPhase

X, y = make_classification(240, 10, random_state=0)
X_numbers, numbers = make_regression(200, 10, noise=1.0, random_state=0)
LEVELS = [0.0, 0.5, 0.8, 0.9]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def path():
    return sparsity_path(classifier(), X, y, sparsities=LEVELS)


@pytest.fixture
def shares(monkeypatch):
    def set_shares(halving, ramp):
        monkeypatch.setattr(training, "HALVING_SHARES", (halving, halving))
        monkeypatch.setattr(training, "RAMP_SHARE", ramp)

    return set_shares


def test_each_level_is_reached(path):
    assert path.sparsities == tuple(LEVELS) and len(path) == 4
    for point in path:
        model = point.estimator
        assert model.sparsity == point.sparsity
        assert_allclose(model.sparsity_, round(88 * point.sparsity) / 88)
        assert point.n_nonzero == model.n_nonzero_


def test_masks_are_nested(path):
    for denser, sparser in zip(path[1:], path[2:], strict=False):
        for name, mask in sparser.estimator.masks_.items():
            assert not (mask & ~denser.estimator.masks_[name]).any()


def test_the_dense_network_and_the_first_level_are_those_of_separate_fits(path):
    for sparsity in LEVELS[:2]:
        alone = classifier(sparsity=sparsity).fit(X, y)
        assert_array_equal(path.at(sparsity).predict_proba(X), alone.predict_proba(X))
        assert path.at(sparsity).loss_curve_ == alone.loss_curve_


def test_a_level_takes_epochs_by_how_much_goes(shares):
    shares(halving=0.25, ramp=0.5)
    levels = [0.0, 0.2, 0.6, 0.9]
    path = sparsity_path(classifier(prune_iter=40), X, y, sparsities=levels)
    counts = [point.estimator.n_iter_ for point in path]
    # One halving takes a quarter of 40 epochs, and two take half of them.
    assert np.diff(counts).tolist() == [40, 10, 20]


@pytest.mark.parametrize("n_steps, n_epochs", [(1, 4), (24, 6), (1000, 8)])
def test_halving_aims_at_so_many_steps(n_steps, n_epochs, monkeypatch):
    monkeypatch.setattr(training, "HALVING_STEPS", n_steps)
    # Four batches an epoch.
    model = classifier(prune_iter=40, batch_size=60)
    path = sparsity_path(model, X, y, sparsities=[0.2, 0.6])
    assert path.at(0.6).n_iter_ - path.at(0.2).n_iter_ == n_epochs


def test_no_level_takes_more_than_a_whole_phase(shares):
    shares(halving=1.0, ramp=0.5)
    path = sparsity_path(classifier(prune_iter=8), X, y, sparsities=[0.0, 0.2, 0.8])
    assert path.at(0.8).n_iter_ - path.at(0.2).n_iter_ == 8


@pytest.mark.parametrize(
    "schedule, on_the_way",
    [
        ("linear", [0.3, 0.4, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6]),
        ("one_shot", [0.6] * 8),
    ],
)
def test_cuts_follow_the_schedule(schedule, on_the_way, shares):
    shares(halving=0.5, ramp=0.5)
    model = classifier(prune_iter=16, schedule=schedule)
    path = sparsity_path(model, X, y, sparsities=[0.2, 0.6])
    found = path.at(0.6)._history.sparsity[-8:]
    assert_allclose(found, on_the_way, atol=1 / 88)


def test_later_levels_are_held_by_the_noise_that_is_left(monkeypatch):
    seen = []
    begin = PathPhase.begin_epoch
    monkeypatch.setattr(
        PathPhase,
        "begin_epoch",
        lambda phase: (begin(phase), seen.append((phase.prior, phase.plan.prior))),
    )
    sparsity_path(classifier(early_stopping=True), X, y, sparsities=[0.5, 0.8, 0.9])
    priors, shares = zip(*seen, strict=True)
    assert None not in priors and len(set(shares)) == len(shares)


def test_later_levels_learn_from_what_taught_the_first(monkeypatch):
    """An LSTM's pruned networks learn from the dense one, not from labels."""
    seen = []
    begin = PathPhase.begin_epoch
    monkeypatch.setattr(
        PathPhase,
        "begin_epoch",
        lambda phase: (begin(phase), seen.append(phase.batches.rows.y)),
    )
    model = PrunedLSTMRegressor((4,), n_timesteps=5, max_iter=4, prune_iter=4)
    path = sparsity_path(model, X_numbers, numbers, sparsities=[0.0, 0.5, 0.8])
    assert len({id(target) for target in seen}) == 1
    # Targets of training are standardised.
    dense = path.at(0.0).predict(X_numbers)
    assert np.corrcoef(seen[0].ravel(), dense)[0, 1] > 0.999
    assert abs(np.corrcoef(seen[0].ravel(), numbers)[0, 1]) < 0.999


def test_there_is_one_dense_phase(monkeypatch):
    seen = []
    phase = run.dense_phase
    monkeypatch.setattr(run, "dense_phase", lambda *how: seen.append(1) or phase(*how))
    sparsity_path(classifier(), X, y, sparsities=LEVELS)
    assert len(seen) == 1


def test_the_points_tell_score_and_size():
    model = classifier(early_stopping=True, validation_fraction=0.25)
    path = sparsity_path(model, X, y, sparsities=LEVELS, scoring="roc_auc")
    frame = path.to_frame()
    assert frame["sparsity"].tolist() == LEVELS
    assert (np.diff(frame["n_bytes"]) < 0).all() and (frame["train_score"] > 0.5).all()
    last = path[-1].estimator
    report = last.pruning_report_
    assert_allclose(frame["valid_score"].iloc[-1], report.pruned.scores["AUC"])
    assert_array_equal(frame["n_nonzero"], [p.estimator.n_nonzero_ for p in path])


def test_without_rows_set_aside_there_is_no_validation_score(path):
    assert path.to_frame()["valid_score"].isna().all()
    assert_allclose(path[1].train_score, path[1].estimator.score(X, y))


def test_scores_of_rows_go_by_their_weights():
    weight = np.where(np.arange(len(y)) % 3, 0.0, 2.0)
    path = sparsity_path(classifier(), X, y, sparsities=LEVELS, sample_weight=weight)
    third = sparsity_path(classifier(), X[::3], y[::3], sparsities=LEVELS)
    expected = [point.estimator.score(X, y, weight) for point in path]
    assert_allclose([point.train_score for point in path], expected)
    assert len(third) == len(path)


@pytest.mark.parametrize(
    "parameters",
    [
        {"granularity": "unit"},
        {"granularity": "feature"},
        {"granularity": "feature", "always_keep": [0]},
        {"n_networks": 2},
        {"n_bits": 8},
        {"schedule": "lottery"},
        {"schedule": "one_shot", "scope": "layer"},
        {"regrow": "gradient"},
        {"regrow": "soft"},
        {"criterion": "movement"},
        {"criterion": "obs"},
        {"solver": "sgd", "learning_rate": "adaptive"},
        {"class_weight": "balanced", "dropout": 0.1},
        {"early_stopping": True},
        {"teacher": "self", "early_stopping": True},
        {"monotonic_cst": [1] * 10},
    ],
    ids=str,
)
def test_every_kind_of_classifier(parameters):
    path = sparsity_path(classifier(**parameters), X, y, sparsities=[0, 0.3, 0.5])
    for point in path:
        alone = classifier(**parameters, sparsity=point.sparsity).fit(X, y)
        assert_allclose(point.estimator.sparsity_, alone.sparsity_)
        assert point.estimator.predict_proba(X).shape == (240, 2)
        assert point.estimator.score(X, y) > alone.score(X, y) - 0.1


@pytest.mark.parametrize("loss", ["squared_error", "quantile", "poisson"])
def test_regressors(loss):
    target = np.abs(numbers) // 10 if loss == "poisson" else numbers
    path = sparsity_path(regressor(loss=loss), X_numbers, target, sparsities=[0, 0.5])
    assert np.isfinite(path.at(0.5).predict(X_numbers)).all()


def test_windows():
    model = PrunedLSTMRegressor(
        (4,),
        dense_layer_sizes=(4,),
        n_timesteps=5,
        max_iter=4,
        prune_iter=4,
        random_state=0,
    )
    path = sparsity_path(model, X_numbers, numbers, sparsities=[0, 0.5, 0.8])
    alone = model.set_params(sparsity=0.5).fit(X_numbers, numbers)
    expected = alone.predict(X_numbers)
    assert_array_equal(path.at(0.5).predict(X_numbers), expected)


def test_a_pipeline():
    pipeline = make_pipeline(StandardScaler(), classifier())
    path = sparsity_path(pipeline, X * 100, y, sparsities=[0.5, 0.8])
    network = path.at(0.8)[-1]
    assert network.sparsity_ == pytest.approx(70 / 88)
    expected = pipeline.set_params(prunedmlpclassifier__sparsity=0.5).fit(X * 100, y)
    assert_array_equal(
        path.at(0.5).predict_proba(X * 100), expected.predict_proba(X * 100)
    )


def test_at_is_quick_and_knows_its_levels(path):
    began = time.perf_counter()
    model = path.at(0.8)
    assert time.perf_counter() - began < 0.1
    assert model is path[2].estimator
    with pytest.raises(ValueError, match="no level 0.7. It has 0, 0.5, 0.8, 0.9"):
        path.at(0.7)


def test_a_path_pickles_without_the_rows(path):
    pickled = pickle.dumps(path)
    again = pickle.loads(pickled)
    assert len(pickled) < 60_000
    assert_array_equal(again.at(0.9).predict(X), path.at(0.9).predict(X))


def test_two_paths_are_bit_equal(path):
    again = sparsity_path(classifier(), X, y, sparsities=LEVELS)
    for one, other in zip(path, again, strict=True):
        a, b = one.estimator.predict_proba(X), other.estimator.predict_proba(X)
        assert_array_equal(a, b)


def test_the_default_levels():
    levels = sparsity_path(classifier(), X, y).sparsities
    kept = np.round(88 * (1 - np.array(levels)))
    assert kept[0] == 88 and kept[-1] == 2 and len(kept) == 10
    assert_array_equal(kept, np.geomspace(88, 2, 10).round())
    groups = classifier(granularity="feature", always_keep=[0, 3])
    kept = np.round(10 * (1 - np.array(sparsity_path(groups, X, y).sparsities)))
    assert kept[0] == 10 and kept[-1] == 2 and (np.diff(kept) < 0).all()


@pytest.mark.parametrize("n_units", [1, 2, 7, 1000, 10**6])
def test_spaced_levels_are_as_many_units_apart(n_units):
    levels = spaced_levels(n_units, 1)
    removed = [round(n_units * level) for level in levels]
    assert removed[0] == 0 and removed[-1] == n_units - 1
    assert len(set(removed)) == len(levels) <= 10 and max(levels) < 1


@pytest.mark.parametrize("sparsities", [[], [1.0], [-0.1], ["a"], [np.nan], "auto"])
def test_unusable_levels(sparsities):
    with pytest.raises(ValueError, match="sparsities must be numbers in"):
        checked_levels(sparsities)


@pytest.mark.parametrize("amount", [{"n_keep": 5}, {"threshold": 0.1}])
def test_another_amount_is_refused(amount):
    with pytest.raises(ValueError, match="says how much to prune"):
        sparsity_path(classifier(sparsity=0.9, **amount), X, y)


def test_other_estimators_are_refused():
    with pytest.raises(TypeError, match="must be one of skprune's networks"):
        sparsity_path(StandardScaler(), X, y)
    with pytest.raises(TypeError, match="must be one of skprune's networks"):
        sparsity_path(make_pipeline(classifier(), StandardScaler()), X, y)
