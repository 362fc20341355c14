"""One network, to callbacks, goes through the dense phase and through pruning."""

import numpy as np
import pytest
import torch
from instances import classifier
from sklearn.datasets import make_classification
from skorch.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    EpochTimer,
    Freezer,
    GradientNormClipping,
    Initializer,
    LRScheduler,
    PrintLog,
    Unfreezer,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

DENSE, PRUNING = 6, 6
SHORT = {"max_iter": DENSE, "prune_iter": PRUNING, "tol": 0.0}
X, y = make_classification(105, 5, random_state=0)


class Note(Callback):
    """Takes a note of the network in a hook, whatever copy of it is called.

    Parameters
    ----------
    note : callable
    notes : Notes
    hook : str
    """

    def __init__(self, note, notes, hook="on_epoch_end"):
        self.note, self.notes, self.hook = note, notes, hook

    def _take(self, hook, net):
        if hook == self.hook:
            self.notes.append(self.note(net))

    def on_train_begin(self, net, **kwargs):
        self._take("on_train_begin", net)

    def on_train_end(self, net, **kwargs):
        self._take("on_train_end", net)

    def on_epoch_end(self, net, **kwargs):
        self._take("on_epoch_end", net)

    def on_batch_end(self, net, **kwargs):
        self._take("on_batch_end", net)


def first_layer(net):
    return next(net.module_.parameters()).detach().clone()


def rate(net):
    return net.optimizer_.param_groups[0]["lr"]


def test_both_phases_are_of_one_network():
    notes: list = []
    begun = Note(id, notes, "on_train_begin")
    classifier(**SHORT, callbacks=[begun]).fit(X, y)
    assert len(notes) == 2 and notes[0] == notes[1]


def test_early_stopping_starts_anew_when_the_last_cut_is_made():
    # No loss is an improvement: patience is over two epochs after it begins.
    stop = EarlyStopping(monitor="train_loss", patience=2, threshold=1.0)
    model = classifier(**{**SHORT, "max_iter": 50, "prune_iter": 20}, callbacks=[stop])
    phases = model.fit(X, y).net_.history[:, "phase"]
    assert phases.count("dense") == 3
    assert phases.count("pruning") == 9 + 3
    assert model.sparsity_ == pytest.approx(0.7, abs=0.02)


def test_early_stopping_restores_an_epoch_at_the_final_sparsity():
    notes: list = []
    ended: list = []
    stop = EarlyStopping("train_loss", patience=99, load_best=True)
    seen = Note(lambda net: (net.history[-1], first_layer(net)), notes)
    last = ("last", Note(first_layer, ended, "on_train_end"))
    classifier(**SHORT, callbacks=[seen, stop, last]).fit(X, y)
    final = [n for n in notes if n[0]["phase"] == "pruning" and n[0]["judged"]]
    best = min(final, key=lambda note: note[0]["train_loss"])
    assert torch.equal(ended[-1], best[1])


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd"])
def test_frozen_weights_stay_through_both_phases_but_for_those_pruned(solver):
    notes: list = []
    callbacks = [Freezer("*0.weight", at=3), Note(first_layer, notes)]
    parameters = {**SHORT, "solver": solver, "alpha": 1.0, "callbacks": callbacks}
    classifier(**parameters).fit(X, y)
    frozen = notes[1]
    assert not torch.equal(notes[0], frozen)
    for weight in notes[2:]:
        assert torch.equal(weight[weight != 0], frozen[weight != 0])
    assert (notes[-1] == 0).any()


@pytest.mark.parametrize("criterion", ["gradient", "snip", "fisher", "obs"])
def test_frozen_weights_are_scored_like_others(criterion):
    freeze = [Freezer("*0.weight"), Unfreezer("*0.weight", at=DENSE + 4)]
    model = classifier(**SHORT, criterion=criterion, callbacks=freeze).fit(X, y)
    assert model.sparsity_ == pytest.approx(0.7, abs=0.02)


def test_what_is_pruned_stays_pruned_whatever_a_callback_does():
    fill = Initializer("*weight", fn=torch.nn.init.ones_, at=DENSE + PRUNING)
    model = classifier(**SHORT, callbacks=[fill]).fit(X, y)
    assert model.sparsity_ == pytest.approx(0.7, abs=0.02)
    assert model.n_nonzero_ <= sum(m.sum() for m in model.masks_.values())


def test_clipping_acts_on_the_step():
    plain = classifier(**SHORT, solver="sgd").fit(X, y)
    clip = [GradientNormClipping(1e-6)]
    clipped = classifier(**SHORT, solver="sgd", sparsity=0.0, callbacks=clip).fit(X, y)
    losses = clipped.loss_curve_
    assert losses[-1] == pytest.approx(losses[0], abs=1e-3)
    assert plain.loss_curve_[DENSE - 1] < losses[-1] - 0.01


@pytest.mark.parametrize("learning_rate", ["constant", "invscaling", "adaptive"])
def test_rates_are_the_schedulers_alone(learning_rate):
    notes: list = []
    callbacks = [Note(rate, notes), LRScheduler("ExponentialLR", gamma=0.9)]
    parameters = {"solver": "sgd", "learning_rate": learning_rate, **SHORT}
    history = classifier(**parameters, callbacks=callbacks).fit(X, y).net_.history
    expected = 0.02 * 0.9 ** np.arange(DENSE + PRUNING)
    assert notes == pytest.approx(expected)
    assert history[:, "event_lr"] == pytest.approx(expected)


def test_a_cached_dense_phase_is_followed_as_if_it_had_been_run(tmp_path):
    def callbacks():
        return [
            EpochScoring("accuracy", lower_is_better=False, on_train=True),
            LRScheduler("ExponentialLR", gamma=0.9),
            EpochTimer(),
        ]

    fits = [
        classifier(**SHORT, memory=str(tmp_path), callbacks=callbacks()).fit(X, y)
        for _ in range(2)
    ]
    first, second = (model.net_.history for model in fits)
    for name in ("epoch", "train_loss", "event_lr", "accuracy", "accuracy_best"):
        assert first[:, name] == second[:, name]
    assert first[:DENSE, "dur"] == second[:DENSE, "dur"]
    assert first[DENSE:, "dur"] != second[DENSE:, "dur"]


def test_each_network_of_an_ensemble_is_followed_from_first_to_last():
    notes: list = []
    seen = Note(lambda net: (net.history[-1, "epoch"], rate(net)), notes)
    decay = LRScheduler("ExponentialLR", gamma=0.9)
    classifier(**SHORT, n_networks=2, callbacks=[seen, decay]).fit(X, y)
    once = [(i + 1, pytest.approx(0.02 * 0.9**i)) for i in range(DENSE + PRUNING)]
    assert notes == [*once, *once]


def test_a_search_for_the_sparsity_is_followed_through_all_its_phases():
    score = EpochScoring("accuracy", lower_is_better=False)
    model = classifier(**{**SHORT, "sparsity": "auto"}, callbacks=[score])
    model.fit(*make_classification(300, 5, random_state=0))
    assert len(model.net_.history[:, "accuracy"]) == model.n_iter_


def test_a_stream_is_followed_through_its_stages():
    score = EpochScoring("accuracy", lower_is_better=False, on_train=True)
    decay = LRScheduler("ExponentialLR", gamma=0.9)
    model = classifier(**{**SHORT, "max_iter": 3}, callbacks=[score, decay])
    for start in range(3 + PRUNING + 2):
        rows = slice(start, start + 60)
        model.partial_fit(X[rows], y[rows], classes=[0, 1])
    history = model.net_.history
    assert len(history[:, "accuracy"]) == 3 + PRUNING + 2
    rates = 0.02 * 0.9 ** np.arange(3 + PRUNING + 2)
    assert history[:, "event_lr"] == pytest.approx(rates)


def test_print_log_prints_where_the_estimator_is_verbose(capsys):
    classifier(**SHORT, verbose=True, callbacks=[PrintLog()]).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert sum("train_loss" in line for line in lines) == 1


def test_checkpoints_at_the_best_loss_on_held_out_rows(tmp_path):
    save = Checkpoint(dirname=str(tmp_path), f_params="{last_epoch[epoch]}.pt")
    model = classifier(**SHORT, early_stopping=True, callbacks=[save]).fit(X, y)
    best = model.net_.history[:, "valid_loss_best"]
    saved = {int(path.stem) for path in tmp_path.glob("[0-9]*.pt")}
    assert saved == {i + 1 for i, flag in enumerate(best) if flag}
