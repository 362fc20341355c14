"""Several networks in one estimator: what they are together and one by one."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from instances import TINY, classifier, regressor
from joblib import Memory, Parallel, delayed
from networks import activations, seeds, widths
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.datasets import make_classification, make_regression
from sklearn.model_selection import KFold, cross_val_score
from skorch.callbacks import Callback

from skprune import PrunedLSTMRegressor, PrunedMLPClassifier
from skprune.estimator.jobs import make_job
from skprune.networks.mlp.module import MLP
from skprune.networks.mlp.stacking import StackedMLP
from skprune.training import loop, run
from skprune.training.beginnings import dense_phase
from skprune.training.rows import Rows
from skprune.training.run import train_all

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(130, 10, random_state=0)
X = X.astype(np.float32)
THREE = np.digitize(X[:, 0], [-0.5, 0.5])
TARGET = make_regression(130, 10, n_targets=2, random_state=0)
WEIGHT = np.random.default_rng(0).uniform(0.5, 2, 130)

SETTINGS = {
    "weights": {},
    "units": {"granularity": "unit", "sparsity": 0.5},
    "two layers": {"hidden_layer_sizes": (8, 6), "activation": "tanh"},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 30},
    "momentum": {"solver": "sgd"},
    "decay": {"solver": "adamw", "alpha": 0.5, "l1_ratio": 0.5},
    "dropout": {"dropout": 0.3},
    "dense": {"sparsity": 0.0},
    "bits": {"n_bits": 8},
    "moved": {"criterion": "movement"},
    "compensated": {"criterion": "obs"},
    "regrown": {"regrow": "gradient"},
    "softly": {"regrow": "soft"},
    "one batch": {"batch_size": "auto"},
    "not shuffled": {"shuffle": False},
    # Of these the dense networks alone keep in step.
    "rewound": {"schedule": "lottery"},
    "searched": {"sparsity": "auto", "max_iter": 30},
}
ALONE = {
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive"},
    "heard": {"callbacks": [Callback()]},
}


@pytest.fixture
def joined(monkeypatch):
    """List how many networks were stacked, each time that happened."""
    seen = []

    class Counted(loop.Lockstep):
        def __init__(self, phases):
            seen.append(len(phases))
            super().__init__(phases)

    monkeypatch.setattr(loop, "Lockstep", Counted)
    return seen


@given(units=widths, activation=activations, seed=seeds, n=st.integers(1, 4))
def test_a_stack_computes_what_each_network_does(units, activation, seed, n):
    draws = torch.Generator().manual_seed(seed)
    networks = [MLP(units, activation).double() for _ in range(n)]
    for network in networks:
        for parameter in network.parameters():
            parameter.data.normal_(generator=draws)
    states = [dict(network.named_parameters()) for network in networks]
    stacked = {name: torch.stack([s[name] for s in states]) for name in states[0]}
    stack = StackedMLP(networks, stacked)
    x = torch.randn(n, 7, units[0], generator=draws, dtype=torch.float64)
    expected = torch.stack([net(rows) for net, rows in zip(networks, x, strict=True)])
    torch.testing.assert_close(stack(x), expected, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("setting", SETTINGS)
def test_each_network_is_what_it_would_be_alone(setting, joined):
    model = classifier(n_networks=3, **SETTINGS[setting]).fit(X, y)
    assert 3 in joined
    for member in model.estimators_:
        alone = clone(member).fit(X, y)
        assert_allclose(alone.predict_proba(X), member.predict_proba(X), atol=1e-4)
        assert alone.n_iter_ == member.n_iter_
        assert alone.masks_.keys() == member.masks_.keys()
        for name, mask in alone.masks_.items():
            assert_array_equal(mask, member.masks_[name])


@pytest.mark.parametrize("setting", ALONE)
def test_networks_that_cannot_keep_step_are_fitted_alone(setting, joined):
    model = classifier(n_networks=2, **ALONE[setting]).fit(X, y)
    assert joined == []
    for member in model.estimators_:
        alone = clone(member).fit(X, y)
        assert_array_equal(alone.predict_proba(X), member.predict_proba(X))


def test_wide_networks_are_fitted_alone(joined):
    model = classifier(n_networks=2, hidden_layer_sizes=(600, 400), batch_size=60)
    model.set_params(max_iter=1, prune_iter=1).fit(X, y)
    assert joined == []


@pytest.mark.parametrize(
    ("model", "target"),
    [
        (classifier(), y),
        (classifier(), THREE),
        (classifier(), np.c_[y, THREE > 0].astype(int)),
        (regressor(), TARGET[1][:, 0]),
        (regressor(), TARGET[1]),
        (regressor(loss="quantile", quantile=0.8), TARGET[1][:, 0]),
    ],
    ids=["binary", "classes", "labels", "regression", "outputs", "quantile"],
)
def test_the_prediction_is_the_mean_of_the_networks(model, target, joined):
    model = clone(model).set_params(n_networks=3).fit(X, target, WEIGHT)
    assert 3 in joined
    method = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    each = [getattr(member, method)(X) for member in model.estimators_]
    mean = np.mean(each, axis=0)
    assert_allclose(getattr(model, method)(X), mean, rtol=1e-5, atol=1e-6)
    assert len({one.tobytes() for one in each}) == 3
    alone = clone(model.estimators_[1]).fit(X, target, WEIGHT)
    scale = np.abs(each[1]).max()
    assert_allclose(getattr(alone, method)(X), each[1], atol=1e-4 * scale)


def test_an_lstm_may_have_several_networks():
    model = PrunedLSTMRegressor(
        (4,), n_networks=2, max_iter=3, prune_iter=2, random_state=0
    ).fit(X, TARGET[1][:, 0])
    each = [member.predict(X) for member in model.estimators_]
    assert_allclose(model.predict(X), np.mean(each, axis=0), rtol=1e-6)


def test_sparse_rows():
    # The oldest SciPy knows it by this name.
    rng = {"random_state": np.random.default_rng(0)}
    rows = sparse.random_array((130, 10), density=0.4, format="csr", **rng)
    model = classifier(n_networks=2).fit(rows, y)
    dense = classifier(n_networks=2).fit(rows.toarray(), y)
    assert_allclose(model.predict_proba(rows), dense.predict_proba(rows), atol=1e-4)


def jobs_at(levels, **parameters):
    """Return a job for each level of sparsity, on the same rows."""
    estimator = classifier(**parameters, random_state=7).fit(X, y)
    encoded, targets = estimator._encode(y, None, None, reset=False)
    rows = Rows(X, encoded)
    return [
        make_job(estimator.set_params(sparsity=level), rows, targets, None)
        for level in levels
    ]


def test_folds_and_levels_learn_in_one_loop(joined):
    """Five folds, dense and at three sparsities: five networks first, then fifteen."""
    whole = jobs_at((0.0, 0.5, 0.7, 0.9))
    jobs = [
        replace(job, train=train, valid=valid)
        for train, valid in KFold(5).split(X)
        for job in whole
    ]
    found = train_all(jobs, Memory(None), Silent(), lambda line: None)
    assert joined[0] == 5 and joined[-1] == 15
    for job, one in zip(jobs, found, strict=True):
        (alone,) = train_all([job], Memory(None), Silent(), lambda line: None)
        assert_allclose(one.value, alone.value, atol=1e-3)
        assert one.sparsity == alone.sparsity
        assert len(one.history) == len(alone.history)


def test_levels_share_the_dense_network_where_they_cannot_keep_step(monkeypatch):
    seen = []

    def counted(job, rehearsal):
        seen.append(job)
        return dense_phase(job, rehearsal)

    monkeypatch.setattr(run, "dense_phase", counted)
    jobs = jobs_at((0.5, 0.8), schedule="lottery")
    seen.clear()
    found = train_all(jobs, Memory(None), Silent(), lambda line: None)
    assert len(seen) == 1
    for job, one in zip(jobs, found, strict=True):
        (alone,) = train_all([job], Memory(None), Silent(), lambda line: None)
        assert_array_equal(one.value, alone.value)


class Silent:
    def begin_phase(self, name, n_epochs): ...
    def begin_epoch(self): ...
    def end_epoch(self, nets): ...
    def interrupted(self, phase): ...
    def end_phase(self): ...


def test_two_fits_are_bit_equal():
    model = classifier(n_networks=3, dropout=0.2)
    here = model.fit(X, y).predict_proba(X)
    fits = Parallel(2)(delayed(clone(model).fit)(X, y) for _ in range(2))
    for fit in fits:
        assert_array_equal(fit.predict_proba(X), here)


def test_the_ensemble_reports_the_sum_of_its_networks():
    model = classifier(n_networks=3).fit(X, y)
    each = [member.pruning_report_.pruned for member in model.estimators_]
    joint = model.pruning_report_.pruned
    assert joint.nonzeros == sum(one.nonzeros for one in each) == model.n_nonzero_
    assert joint.bytes == sum(one.bytes for one in each)
    assert joint.loss == pytest.approx(np.mean([one.loss for one in each]))
    assert joint.features == max(one.features for one in each)
    assert model.sparsity_ == pytest.approx(0.7, abs=0.01)
    assert model.feature_importances_.sum() == pytest.approx(1, abs=1e-5)
    assert model.n_iter_ == max(member.n_iter_ for member in model.estimators_)


@pytest.mark.parametrize("name", ["coefs_", "masks_", "net_", "module_", "loss_curve_"])
def test_what_a_network_has_is_asked_of_each(name):
    model = classifier(n_networks=2).fit(X, y)
    with pytest.raises(AttributeError, match="each of its estimators_"):
        getattr(model, name)
    assert all(hasattr(member, name) for member in model.estimators_)
    assert hasattr(model.set_params(n_networks=1).fit(X, y), name)
    assert not hasattr(model, "estimators_")


def test_a_pickle_predicts_the_same():
    model = classifier(n_networks=3).fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_warm_start_goes_on_with_each_network():
    model = classifier(n_networks=2, warm_start=True).fit(X, y)
    seeds_ = [member.random_state for member in model.estimators_]
    alone = pickle.loads(pickle.dumps(model.estimators_[0]))
    model.fit(X, y)
    assert [member.random_state for member in model.estimators_] == seeds_
    again = alone.set_params(warm_start=True).fit(X, y)
    assert_allclose(
        again.predict_proba(X), model.estimators_[0].predict_proba(X), atol=1e-4
    )
    with pytest.raises(ValueError, match="n_networks must stay 2; got 3"):
        model.set_params(n_networks=3).fit(X, y)


def test_memory_trains_the_dense_networks_once(tmp_path, joined):
    model = classifier(n_networks=2, memory=str(tmp_path), sparsity=0.5).fit(X, y)
    before = len(joined)
    other = clone(model).set_params(sparsity=0.8).fit(X, y)
    assert len(joined) == before + 1
    fresh = clone(other).set_params(memory=None).fit(X, y)
    assert_array_equal(other.predict_proba(X), fresh.predict_proba(X))


def test_each_line_names_its_network(capsys):
    for schedule in ("cubic", "lottery"):
        model = classifier(n_networks=2, verbose=True, schedule=schedule).fit(X, y)
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 1 + sum(one.n_iter_ for one in model.estimators_)
        assert lines[1].startswith("network 2, dense, epoch 1 of ")
        assert lines[-2].startswith("network 2, pruning")


def test_callbacks_of_scikit_learn_hear_all_networks(capsys):
    monitor = ScoringMonitor(scoring="neg_log_loss")
    model = classifier(n_networks=2).set_callbacks(monitor, ProgressBar())
    model.fit(X, y)
    frame = monitor.get_logs().data_as_pandas
    epochs = frame[frame.task_name == "epoch"].neg_log_loss
    assert len(epochs) == model.n_iter_
    dense = epochs.iloc[: TINY["max_iter"]]
    assert np.isfinite(epochs).all() and dense.iloc[-1] > dense.iloc[0]
    assert "pruning" in capsys.readouterr().out


def test_an_interrupt_keeps_what_was_learnt(monkeypatch):
    train_epoch = loop.Lockstep.train_epoch
    calls = []

    def run_or_stop(self):
        calls.append(self)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return train_epoch(self)

    monkeypatch.setattr(loop.Lockstep, "train_epoch", run_or_stop)
    model = classifier(n_networks=2)
    with pytest.warns(UserWarning, match="interrupted by user in the dense phase"):
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, y)
    assert model.n_iter_ == 4
    assert np.isfinite(model.predict_proba(X)).all()


def test_networks_cross_validate():
    scores = cross_val_score(classifier(n_networks=2), X, y, cv=3, scoring="roc_auc")
    assert scores.min() > 0.7


def test_losses_that_are_not_finite_are_named():
    with pytest.raises(ValueError, match="not finite"):
        PrunedMLPClassifier(
            **TINY | {"learning_rate_init": 1e30, "solver": "sgd"}, n_networks=2
        ).fit(X, y)
