"""skorch's callbacks that act on the training, on our networks and on skorch's own.

skorch's tests of them build networks from modules, which our estimators do not take;
so what those tests ask for is asked here of a fit, in both phases, with and without
rows held out. See `skorch_subjects.py` for the two that each test runs on.
"""

import copy
import pickle

import numpy as np
import pytest
import torch
from skorch.callbacks import (
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    Freezer,
    GradientNormClipping,
    Initializer,
    LoadInitState,
    LRScheduler,
    TrainEndCheckpoint,
)
from skorch.exceptions import SkorchException
from skorch_subjects import BATCH_SIZE, EPOCHS, RATE, Seen, X, weights

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# --- EarlyStopping


def test_early_stopping_by_a_score(split_case):
    score = EpochScoring("accuracy", lower_is_better=False)
    stop = EarlyStopping("accuracy", patience=2, threshold=1.0, lower_is_better=False)
    assert len(split_case.fit([score, stop], sparsity=0.0).history) == 3


def test_early_stopping_by_its_default(split_case):
    stop = EarlyStopping(patience=2, threshold=1.0)
    assert len(split_case.fit([stop], sparsity=0.0).history) == 3


def test_early_stopping_loads_the_best_weights(split_case, notes):
    # From the fourth epoch on, the rate ruins what the first three have learnt.
    ruin = LRScheduler("LambdaLR", lr_lambda=lambda epoch: 1.0 if epoch < 3 else 100.0)
    stop = EarlyStopping(patience=5, load_best=True)
    seen = Seen(lambda net, **_: weights(net))
    # Under a name of its own, or else skorch would call it together with the first.
    ended = ("ended", Seen(lambda net, **_: weights(net), "on_train_end"))
    net = split_case.fit([seen, ruin, stop, ended], sparsity=0.0)
    best = int(np.argmin(net.history[:, "valid_loss"]))
    np.testing.assert_array_equal(notes[-1], notes[best])


# --- Checkpoint, TrainEndCheckpoint, LoadInitState

FILES = {"params.pt", "optimizer.pt", "criterion.pt", "history.json"}


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_checkpoint_with_its_defaults(split_case, tmp_path):
    history = split_case.fit([Checkpoint(dirname=str(tmp_path))]).history
    assert names(tmp_path) == FILES
    assert history[:, "event_cp"] == history[:, "valid_loss_best"]


def test_checkpoint_with_its_defaults_needs_rows_held_out(case, tmp_path):
    with pytest.raises(SkorchException, match="Make sure you have validation data"):
        case.fit([Checkpoint(dirname=str(tmp_path))])


def test_checkpoint_by_the_training_loss(either_case, tmp_path):
    save = Checkpoint(monitor="train_loss_best", dirname=str(tmp_path))
    history = either_case.fit([save]).history
    assert names(tmp_path) == FILES
    assert history[:, "event_cp"] == history[:, "train_loss_best"]


def test_checkpoint_of_every_epoch_says_nothing_of_failures(either_case, tmp_path):
    said = []
    save = Checkpoint(
        monitor=None,
        dirname=str(tmp_path),
        f_params="params_{last_epoch[epoch]}.pt",
        sink=said.append,
    )
    either_case.fit([save])
    assert len(names(tmp_path)) == EPOCHS + 3
    assert len(said) == EPOCHS and all("triggered" in line for line in said)


def test_checkpoint_pickles_the_network_under_way(case, tmp_path):
    save = Checkpoint(monitor=None, dirname=str(tmp_path), f_pickle="net.pkl")
    case.fit([save])
    net = pickle.loads((tmp_path / "net.pkl").read_bytes())
    proba = net.predict_proba(X)
    assert len(net.history) == EPOCHS and proba.shape == (len(X), 3)


def test_checkpoint_loads_the_best_weights(split_case, tmp_path, notes):
    save = Checkpoint(dirname=str(tmp_path), load_best=True)
    seen = Seen(lambda net, **_: weights(net))
    ended = ("ended", Seen(lambda net, **_: weights(net), "on_train_end"))
    split_case.fit([seen, save, ended], sparsity=0.0)
    saved = torch.load(tmp_path / "params.pt", weights_only=True)
    expected = torch.cat([value.flatten() for value in saved.values()]).numpy()
    np.testing.assert_array_equal(notes[-1], expected)


def test_train_end_checkpoint_saves_what_predicts(either_case, tmp_path):
    net = either_case.fit([TrainEndCheckpoint(dirname=str(tmp_path))])
    assert names(tmp_path) == {f"train_end_{name}" for name in FILES}
    saved = torch.load(tmp_path / "train_end_params.pt", weights_only=True)
    first, first_bias, last, last_bias = saved.values()
    z = torch.relu(torch.from_numpy(X) @ first.T + first_bias) @ last.T + last_bias
    proba = net.predict_proba(X)
    np.testing.assert_allclose(proba, z.softmax(1).numpy(), rtol=1e-4, atol=1e-6)


def test_load_init_state_starts_from_the_checkpoint_once(case, tmp_path, notes):
    save = TrainEndCheckpoint(dirname=str(tmp_path))
    case.fit([save], sparsity=0.0)
    saved = torch.load(tmp_path / "train_end_params.pt", weights_only=True)
    expected = torch.cat([value.flatten() for value in saved.values()]).numpy()
    load = LoadInitState(copy.deepcopy(save).initialize())
    first = Seen(lambda net, **_: weights(net), "on_batch_begin")
    case.fit([load, first])
    np.testing.assert_array_equal(notes[0], expected)
    assert not any(np.array_equal(later, expected) for later in notes[1:])


# --- LRScheduler


def rate(net, **_):
    return net.optimizer_.param_groups[0]["lr"]


def test_the_rate_is_the_schedulers_in_every_epoch(either_case, notes):
    halve = LRScheduler("StepLR", step_size=1, gamma=0.5)
    used = Seen(
        lambda net, training, **_: (len(net.history), rate(net)), "on_batch_begin"
    )
    history = either_case.fit([used, halve]).history
    by_epoch = dict(notes)
    assert list(by_epoch.values()) == pytest.approx(history[:, "event_lr"])
    assert history[0, "event_lr"] == pytest.approx(RATE)
    assert np.diff(np.log2(history[:, "event_lr"])) == pytest.approx(-1.0)


def test_warm_restarts_go_on_over_both_phases(either_case, notes):
    restart = LRScheduler("WarmRestartLR", min_lr=1e-4, max_lr=0.01, base_period=4)
    expected = restart.initialize().simulate(EPOCHS, RATE)
    history = either_case.fit([restart]).history
    np.testing.assert_allclose(history[:, "event_lr"], expected)


def test_the_rate_may_change_with_every_batch(either_case):
    decay = LRScheduler("ExponentialLR", gamma=0.99, step_every="batch")
    history = either_case.fit([decay]).history
    rates = [
        b["event_lr"] for row in history for b in row["batches"] if "event_lr" in b
    ]
    assert len(rates) > EPOCHS
    assert rates == pytest.approx(RATE * 0.99 ** np.arange(len(rates)))


@pytest.mark.parametrize("monitor", ["train_loss", "valid_loss"])
def test_the_rate_falls_on_a_plateau(split_case, monitor):
    plateau = LRScheduler(
        "ReduceLROnPlateau",
        monitor=monitor,
        patience=0,
        threshold=100.0,
        threshold_mode="abs",
        factor=0.5,
    )
    rates = split_case.fit([plateau]).history[:, "event_lr"]
    assert rates[0] == rates[1] == pytest.approx(RATE)
    assert rates[2:] == pytest.approx(RATE * 0.5 ** np.arange(1, EPOCHS - 1))


# --- callbacks that touch gradients and weights


def test_no_gradient_no_step(either_case, notes):
    seen = Seen(lambda net, **_: weights(net), "on_batch_end")
    either_case.fit([GradientNormClipping(0.0), seen], sparsity=0.0)
    assert len(notes) > EPOCHS // 2
    assert all(np.array_equal(notes[0], later) for later in notes)


def test_gradients_are_clipped(either_case, notes):
    def norm(net, named_parameters, **_):
        grads = [p.grad.flatten() for _, p in named_parameters]
        return float(torch.cat(grads).norm())

    either_case.fit([GradientNormClipping(1e-3), Seen(norm, "on_grad_computed")])
    assert max(notes) == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize("at", [1, 4])
def test_frozen_weights_stay(case, at, notes):
    def first_layer(net, **_):
        return next(net.module_.parameters()).detach().numpy().copy()

    seen = Seen(first_layer, "on_batch_end")
    case.fit([Freezer("*0.weight", at=at), seen], sparsity=0.0)
    n_batches = -(-len(X) // BATCH_SIZE)
    frozen = notes[(at - 1) * n_batches :]
    assert all(np.array_equal(frozen[0], later) for later in frozen)
    assert at == 1 or not np.array_equal(notes[0], frozen[0])


def test_weights_are_initialised_once(case, notes):
    calls = []

    def fill(parameter):
        calls.append(len(calls))
        torch.nn.init.constant_(parameter, 0.25)

    seen = Seen(lambda net, **_: weights(net), "on_batch_begin")
    case.fit([Initializer("*", fn=fill), seen])
    assert set(notes[0]) == {0.25}
    assert len(calls) == 4
