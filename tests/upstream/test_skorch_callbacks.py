"""skorch's callbacks on our networks do what they do on skorch's own.

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
    BatchScoring,
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    Freezer,
    GradientNormClipping,
    Initializer,
    LoadInitState,
    LRScheduler,
    PassthroughScoring,
    PrintLog,
    ProgressBar,
    TrainEndCheckpoint,
)
from skorch.dataset import unpack_data
from skorch.exceptions import SkorchException
from skorch_subjects import BATCH_SIZE, EPOCHS, RATE, Case, X

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SUBJECTS = ["pruned", "skorch"]


@pytest.fixture(params=SUBJECTS)
def case(request):
    """A training without rows held out."""
    return Case(request.param, split=False)


@pytest.fixture(params=SUBJECTS)
def split_case(request):
    """A training with rows held out."""
    return Case(request.param, split=True)


@pytest.fixture(params=[False, True], ids=["all rows", "split"])
def either_case(request, case):
    return case._replace(split=request.param)


class Seen(Callback):
    """Notes what a hook finds, whatever copy of the callback it is called on.

    Parameters
    ----------
    note : callable
        Of the network and the hook's keywords.
    hook : str
    """

    notes: list = []

    def __init__(self, note, hook="on_epoch_end"):
        self.note, self.hook = note, hook

    def initialize(self):
        setattr(self, self.hook, self._take)
        return self

    def _take(self, net, *args, **kwargs):
        Seen.notes.append(self.note(net, **kwargs))

    def on_batch_begin(self, net, **kwargs): ...
    def on_batch_end(self, net, **kwargs): ...
    def on_grad_computed(self, net, named_parameters, **kwargs): ...


@pytest.fixture(autouse=True)
def notes():
    Seen.notes.clear()
    return Seen.notes


def weights(net):
    return torch.cat([p.detach().flatten() for p in net.module_.parameters()]).numpy()


def mean_score(net, X, y):
    return 55.0


# --- what a batch, a data set and a history are


def test_a_batch_is_rows_and_targets(either_case, notes):
    either_case.fit([Seen(lambda net, batch, **_: unpack_data(batch), "on_batch_end")])
    assert {len(rows) for rows, _ in notes} >= {BATCH_SIZE}
    assert all(len(rows) == len(targets) for rows, targets in notes)


def test_the_data_sets_are_those_of_the_rows(split_case, notes):
    def lengths(net, dataset_train, dataset_valid):
        return len(dataset_train), len(dataset_valid)

    split_case.fit([Seen(lengths, "on_epoch_begin")])
    assert len(notes) == EPOCHS
    assert all(sum(pair) == len(X) and pair[0] > 5 * pair[1] for pair in notes)


def test_the_history_goes_on_over_both_phases(either_case):
    history = either_case.fit().history
    assert history[:, "epoch"] == list(range(1, EPOCHS + 1))
    assert all(isinstance(best, bool) for best in history[:, "train_loss_best"])
    losses = np.array(history[:, "train_loss"])
    first = losses[0]
    assert history[0, "train_loss_best"] and np.isfinite(losses).all()
    assert losses[-1] < first


def test_the_network_under_way_knows_all_epochs_before(case, notes):
    case.fit([Seen(lambda net, **_: len(net.history))])
    assert notes == list(range(1, EPOCHS + 1))


def test_validation_losses_are_marked_where_best(split_case):
    history = split_case.fit().history
    losses, best = history[:, "valid_loss"], history[:, "valid_loss_best"]
    assert best[0] and sum(best) > 1
    assert min(losses) == losses[np.flatnonzero(best)[-1]]


# --- EpochScoring


METRICS = ["accuracy", "neg_log_loss", "roc_auc_ovr", mean_score]


@pytest.mark.parametrize("caching", [True, False])
@pytest.mark.parametrize("metric", METRICS)
def test_epoch_scoring_of_held_out_rows(split_case, metric, caching):
    score = EpochScoring(
        metric, lower_is_better=False, name="score", use_caching=caching
    )
    history = split_case.fit([score]).history
    assert len(history[:, "score"]) == EPOCHS
    assert np.isfinite(history[:, "score"]).all()
    assert history[0, "score_best"] is True


@pytest.mark.parametrize("metric", METRICS)
def test_epoch_scoring_of_training_rows(either_case, metric):
    score = EpochScoring(metric, lower_is_better=False, name="score", on_train=True)
    history = either_case.fit([score]).history
    assert len(history[:, "score"]) == EPOCHS
    assert np.isfinite(history[:, "score"]).all()


def test_accuracy_is_that_of_the_batches(either_case, notes):
    def right(net, batch, y_pred, training, **_):
        found = y_pred.argmax(1) == unpack_data(batch)[1]
        return training, found.numpy()

    score = EpochScoring("accuracy", lower_is_better=False, on_train=True)
    history = either_case.fit([score, Seen(right, "on_batch_end")]).history
    hits = np.concatenate([found for training, found in notes if training])
    expected = hits.reshape(EPOCHS, -1).mean(1)
    np.testing.assert_allclose(history[:, "accuracy"], expected)


def test_cached_scores_equal_those_taken_anew(split_case):
    cached = EpochScoring("neg_log_loss", name="cached", lower_is_better=False)
    anew = EpochScoring(
        "neg_log_loss", name="anew", lower_is_better=False, use_caching=False
    )
    history = split_case.fit([cached, anew]).history
    np.testing.assert_allclose(history[:, "cached"], history[:, "anew"], rtol=1e-5)


def test_epoch_scoring_goes_by_without_rows_held_out(case):
    history = case.fit([EpochScoring("accuracy", lower_is_better=False)]).history
    assert "accuracy" not in history[-1]


@pytest.mark.parametrize("on_train", [True, False])
def test_epoch_scoring_of_numbers(split_case, on_train):
    score = EpochScoring("r2", lower_is_better=False, on_train=on_train)
    scores = split_case.fit_numbers([score]).history[:, "r2"]
    assert len(scores) == EPOCHS and scores[-1] > scores[0]


def test_the_target_extractor_is_called(split_case):
    def none_is_right(y):
        return np.full(len(y), 99)

    score = EpochScoring(
        "accuracy", lower_is_better=False, target_extractor=none_is_right
    )
    assert set(split_case.fit([score]).history[:, "accuracy"]) == {0.0}


# --- BatchScoring and PassthroughScoring


@pytest.mark.parametrize("on_train", [True, False], ids=["train", "valid"])
def test_batch_scoring_averages_over_rows(split_case, on_train):
    score = BatchScoring("accuracy", lower_is_better=False, on_train=on_train)
    history = split_case.fit([score]).history
    prefix = "train" if on_train else "valid"
    size = f"{prefix}_batch_size"
    for row in history:
        scored = [batch for batch in row["batches"] if "accuracy" in batch]
        scores = [batch["accuracy"] for batch in scored]
        expected = np.average(scores, weights=[batch[size] for batch in scored])
        assert row["accuracy"] == pytest.approx(expected)


class Largest(Callback):
    """Records the largest weight after each training batch."""

    def on_batch_end(self, net, training, **kwargs):
        if training:
            net.history.record_batch("largest", float(np.abs(weights(net)).max()))


def test_passthrough_scoring_averages_what_a_callback_recorded(either_case):
    callbacks = [Largest(), PassthroughScoring("largest", on_train=True)]
    history = either_case.fit(callbacks).history
    for row in range(EPOCHS):
        pairs = history[row, "batches", :, ("largest", "train_batch_size")]
        largest, sizes = zip(*pairs, strict=True)
        expected = np.average(largest, weights=sizes)
        assert history[row, "largest"] == pytest.approx(expected)
    assert len(sizes) > 1 and len(set(sizes)) > 1


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
    seen = Seen(lambda net, **_: weights(net).copy())
    # Under a name of its own, or else skorch would call it together with the first.
    ended = ("ended", Seen(lambda net, **_: weights(net).copy(), "on_train_end"))
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
    seen = Seen(lambda net, **_: weights(net).copy())
    ended = ("ended", Seen(lambda net, **_: weights(net).copy(), "on_train_end"))
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
    first = Seen(lambda net, **_: weights(net).copy(), "on_batch_begin")
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
    seen = Seen(lambda net, **_: weights(net).copy(), "on_batch_end")
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

    seen = Seen(lambda net, **_: weights(net).copy(), "on_batch_begin")
    case.fit([Initializer("*", fn=fill), seen])
    assert set(notes[0]) == {0.25}
    assert len(calls) == 4


# --- PrintLog and ProgressBar


def test_print_log_prints_one_table(either_case):
    lines = []
    score = EpochScoring("accuracy", lower_is_better=False, on_train=True)
    either_case.fit([score, PrintLog(sink=lines.append)])
    header, rule, *rows = lines
    assert {"epoch", "accuracy", "train_loss"} <= set(header.split())
    assert len(rows) == EPOCHS and rows[-1].split()[0] == str(EPOCHS)


def test_print_log_prints_nothing_unless_asked(case, capsys):
    case.fit([PrintLog()])
    assert capsys.readouterr().out == ""


class Bar(ProgressBar):
    """Notes how far the bar came, of how far."""

    def on_epoch_end(self, net, **kwargs):
        Seen.notes.append((self.pbar_.n, self.pbar_.total))
        super().on_epoch_end(net, **kwargs)


@pytest.mark.parametrize("count", ["auto", "count"])
def test_progress_bar_comes_to_its_end(either_case, count, notes):
    either_case.fit([Bar(batches_per_epoch=count)])
    assert len(notes) == EPOCHS
    known = notes if count == "auto" else notes[1:]
    assert all(n == total > 1 for n, total in known)


def test_progress_bar_shows_losses(either_case, notes):
    class Losses(ProgressBar):
        def on_epoch_end(self, net, **kwargs):
            Seen.notes.append(self._get_postfix_dict(net))
            super().on_epoch_end(net, **kwargs)

    either_case.fit([Losses()])
    last = "valid_loss" if either_case.split else "train_loss"
    assert all(np.isfinite(shown[last]) for shown in notes)
