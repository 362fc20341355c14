"""What is asked for is what goes, and the network left is smaller."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import classifier, regressor
from sklearn.datasets import make_classification

from skprune.criteria import CRITERIA, Criterion
from skprune.schedules import SCHEDULES, Schedule

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(100, 10, random_state=0)
HIDDEN = (12, 8)
UNITS = {"weight": 10 * 12 + 12 * 8 + 8, "unit": 20, "feature": 10}


def small(**parameters):
    return classifier(**{"hidden_layer_sizes": HIDDEN, "max_iter": 3} | parameters)


def gone(model, granularity):
    """Count the units that the masks say are gone."""
    masks = model.masks_
    counts = {
        "weight": lambda: sum(int((~mask).sum()) for mask in masks.values()),
        "unit": lambda: sum(int((~masks[f"layers.{i}.bias"]).sum()) for i in (0, 1)),
        "feature": lambda: int((~masks["layers.0.weight"].any(0)).sum()),
    }
    return counts[granularity]()


@pytest.mark.parametrize("scope", ["global", "layer"])
@pytest.mark.parametrize("granularity", UNITS)
@pytest.mark.parametrize("sparsity", [0.25, 0.5, 0.75])
def test_sparsity_is_met_exactly(granularity, scope, sparsity):
    model = small(granularity=granularity, scope=scope, sparsity=sparsity).fit(X, y)
    n_gone = round(UNITS[granularity] * sparsity)
    assert gone(model, granularity) == n_gone
    assert model.sparsity_ == pytest.approx(n_gone / UNITS[granularity])


@pytest.mark.parametrize("granularity", UNITS)
def test_n_keep_is_met_exactly(granularity):
    model = small(granularity=granularity, n_keep=7, sparsity=0.9).fit(X, y)
    assert gone(model, granularity) == UNITS[granularity] - 7


def test_threshold_removes_what_is_below():
    model = small(sparsity=0.9, threshold=0.2, schedule="one_shot", prune_iter=1).fit(
        X, y
    )
    assert 0 < model.sparsity_ < 1
    assert small(sparsity=0.9, threshold=0.0).fit(X, y).sparsity_ == 0.0
    # The floors hold against any threshold.
    everything = small(sparsity=0.9, threshold=1e9).fit(X, y)
    assert all(mask.any() for mask in everything.masks_.values())


@pytest.mark.parametrize("criterion", sorted(CRITERIA))
@pytest.mark.parametrize("granularity", UNITS)
def test_each_criterion_prunes_each_granularity(criterion, granularity):
    model = small(criterion=criterion, granularity=granularity, sparsity=0.5)
    assert model.fit(X, y).sparsity_ == pytest.approx(0.5, abs=0.5 / 10)


@pytest.mark.parametrize("schedule", sorted(SCHEDULES))
@pytest.mark.parametrize("regrow", [None, "gradient", "random", "soft"])
def test_each_schedule_ends_at_the_amount(schedule, regrow):
    model = small(schedule=schedule, regrow=regrow, sparsity=0.5).fit(X, y)
    assert model.sparsity_ == pytest.approx(0.5, abs=1e-2)
    along = model.net_.history[:, "sparsity"]
    if regrow is None:
        assert all(a <= b for a, b in itertools.pairwise(along))


@settings(max_examples=25)
@given(
    hidden=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    sparsity=st.floats(0, 1, exclude_max=True),
    granularity=st.sampled_from(sorted(UNITS)),
    scope=st.sampled_from(["global", "layer"]),
    activation=st.sampled_from(["identity", "logistic", "tanh", "relu"]),
    seed=st.integers(0, 1000),
)
def test_laws_of_any_fit(hidden, sparsity, granularity, scope, activation, seed):
    model = classifier(
        hidden_layer_sizes=hidden, sparsity=sparsity, granularity=granularity,
        scope=scope, activation=activation, random_state=seed, max_iter=2,
        prune_iter=2, batch_size=50,
    ).fit(X, y)  # fmt: skip
    assert all(mask.any() for mask in model.masks_.values()), "an empty layer"
    assert model.n_nonzero_ == sum(np.count_nonzero(w) for w in model.coefs_)
    assert model.pruning_report_.pruned.nonzeros == model.n_nonzero_
    assert len(model.coefs_) == len(model.intercepts_) == len(hidden) + 1
    rows = torch.from_numpy(X.astype(np.float32))
    with torch.no_grad():
        proba = torch.sigmoid(model.module_(rows))[:, 0]
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], proba, atol=1e-6)


def test_coefs_describe_the_compact_network():
    model = small(sparsity=0.9, max_iter=20).fit(X, y)
    sizes = [w.shape for w in model.coefs_]
    assert sizes[0][1] == sizes[1][0] <= HIDDEN[0]
    assert sum(np.prod(size) for size in sizes) < UNITS["weight"]
    columns = model.module_.columns.numpy()
    assert set(np.flatnonzero(model.feature_importances_)) <= set(columns)
    hidden = X[:, columns].astype(np.float32)
    for weight, bias in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        hidden = np.maximum(hidden @ weight + bias, 0)
    z = (hidden @ model.coefs_[-1] + model.intercepts_[-1])[:, 0]
    proba = model.predict_proba(X)[:, 1]
    np.testing.assert_allclose(1 / (1 + np.exp(-z)), proba, atol=1e-6)


def test_dropped_columns_have_no_say():
    model = small(granularity="feature", sparsity=0.6).fit(X, y)
    kept = model.masks_["layers.0.weight"].any(0)
    assert kept.sum() == 4
    noise = np.where(kept, X, np.random.default_rng(0).normal(size=X.shape))
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(noise))
    assert (model.feature_importances_[~kept] == 0).all()


def test_the_best_epoch_at_the_final_sparsity_is_kept():
    model = small(early_stopping=True, sparsity=0.8, prune_iter=12).fit(X, y)
    losses = model.net_.history[:, "valid_loss"]
    final = [r["valid_loss"] for r in model.net_.history if r["phase"] == "pruning"][5:]
    assert model.pruning_report_.pruned.loss == pytest.approx(min(final), rel=1e-5)
    assert model.best_validation_score_ == pytest.approx(-min(final))
    assert model.validation_scores_ == [-loss for loss in losses]
    assert model.best_loss_ is None


class First(Criterion):
    """Keeps the first units."""

    def score(self, view):
        return -torch.arange(len(view.weight), dtype=torch.float32)


class Late(Schedule):
    """Removes everything at the end."""

    def __call__(self, progress):
        return float(progress >= 1.0)


def test_criteria_and_schedules_of_ones_own():
    model = small(
        criterion=First(),
        schedule=Late(),
        granularity="feature",
        n_keep=3,
        sparsity=0.9,
    )
    kept = model.fit(X, y).masks_["layers.0.weight"].any(0)
    # One column may be another: some input has to reach the output.
    assert kept[:2].all() and kept.sum() == 3
    assert set(np.round(model.net_.history[:, "sparsity"], 6)) == {0.0, 0.7}


class Moon(Criterion):
    needs = ("weight", "moon")

    def score(self, view):
        return view.moon


class Shapeless(Criterion):
    def score(self, view):
        return view.weight.sum()


@pytest.mark.parametrize(
    ("criterion", "message"),
    [
        (Moon(), r"needs \['moon'\].*can be asked for"),
        (Shapeless(), "one finite score"),
    ],
)
def test_criteria_that_break_the_law_are_named(criterion, message):
    with pytest.raises(ValueError, match=message):
        small(criterion=criterion).fit(X, y)


def test_warm_start_goes_on_from_the_network_as_it_is():
    model = regressor(warm_start=True, sparsity=0.5, max_iter=30).fit(X, y)
    first = model.loss_curve_
    again = model.fit(X, y).loss_curve_
    assert again[0] < first[0]


def test_feature_names_and_counts_are_kept():
    pandas = pytest.importorskip("pandas")
    names = [f"c{i}" for i in range(10)]
    model = small().fit(pandas.DataFrame(X, columns=names), y)
    assert list(model.feature_names_in_) == names
    assert (model.n_features_in_, model.n_outputs_, model.n_layers_) == (10, 1, 4)
    assert model.out_activation_ == "logistic"
    assert model.n_iter_ == len(model.loss_curve_) == 3 + 6
    assert model.t_ == model.n_iter_ * 100


def test_attributes_are_absent_before_fit():
    for name in ("coefs_", "masks_", "net_", "module_", "n_iter_", "loss_curve_"):
        assert not hasattr(classifier(), name)
