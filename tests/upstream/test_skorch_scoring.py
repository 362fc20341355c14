"""skorch's callbacks that watch, on our networks and on skorch's own.

skorch's tests of them build networks from modules, which our estimators do not take;
so what those tests ask for is asked here of a fit, in both phases, with and without
rows held out. See `skorch_subjects.py` for the two that each test runs on.
"""

import numpy as np
import pytest
from skorch.callbacks import (
    BatchScoring,
    Callback,
    EpochScoring,
    PassthroughScoring,
    PrintLog,
    ProgressBar,
)
from skorch.dataset import unpack_data
from skorch_subjects import BATCH_SIZE, EPOCHS, Seen, X, weights

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


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
