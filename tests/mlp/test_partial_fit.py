"""Dense training, pruning and recovery over a stream."""

import gc
import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.callback import ScoringMonitor
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from skorch.callbacks import Callback, EarlyStopping, LRScheduler

from skprune import PrunedMLPClassifier, PrunedMLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def chunks():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 8)).astype(np.float32)
    y = np.where(X[:, 0] + X[:, 1] * X[:, 2] > 0, "bad", "good")
    return [(X[i : i + 200], y[i : i + 200]) for i in range(0, 2000, 200)]


def stream(model, chunks, n_calls, start=0):
    for i in range(start, start + n_calls):
        X, y = chunks[i % len(chunks)]
        model.partial_fit(X, y, classes=["bad", "good"])
    return model


def small(**params):
    known = {"random_state": 0, "max_iter": 8, "prune_iter": 6, "sparsity": 0.8}
    return PrunedMLPClassifier((16,), **{**known, **params})


def reloaded(model):
    return pickle.loads(pickle.dumps(model))


def test_stages_follow_each_other(chunks):
    model = stream(small(), chunks, 8)
    assert model.sparsity_ == 0.0
    stream(model, chunks, 1, 8)
    assert 0.0 < model.sparsity_ < 0.8
    stream(model, chunks, 2, 9)
    assert model.sparsity_ == pytest.approx(0.8, abs=0.005)
    masks = model.masks_
    stream(model, chunks, 20, 11)
    assert model.sparsity_ == pytest.approx(0.8, abs=0.005)
    for name, mask in model.masks_.items():
        np.testing.assert_array_equal(mask, masks[name])


def test_counts_rows_and_epochs(chunks):
    model = stream(small(), chunks, 12)
    assert model.t_ == 12 * 200
    assert model.n_iter_ == len(model.loss_curve_) == 12


def test_pickled_in_mid_stream_keeps_what_is_gone(chunks):
    model = reloaded(stream(small(), chunks, 14))
    X, _ = chunks[0]
    before = model.predict_proba(X)
    masks = model.masks_
    stream(model, chunks, 1, 14)
    for name, mask in model.masks_.items():
        np.testing.assert_array_equal(mask, masks[name])
    # One more pass moves the network, but does not start it afresh.
    assert 0 < np.abs(model.predict_proba(X) - before).mean() < 0.1


def test_goes_on_after_fit(chunks):
    X, y = map(np.concatenate, zip(*chunks, strict=True))
    model = small().fit(X, y)
    masks, score = model.masks_, model.score(X, y)
    n_iter, curve, seen = model.n_iter_, model.loss_curve_, model.t_
    model.partial_fit(X, y)
    for name, mask in model.masks_.items():
        np.testing.assert_array_equal(mask, masks[name])
    assert model.score(X, y) > score - 0.05
    assert model.n_iter_ == n_iter + 1
    assert model.t_ == seen + len(X)
    assert model.loss_curve_[:-1] == curve


def test_fit_starts_afresh_after_a_stream(chunks):
    X, y = chunks[0]
    streamed = stream(small(), chunks, 3).fit(X, y)
    np.testing.assert_array_equal(
        streamed.predict_proba(X), small().fit(X, y).predict_proba(X)
    )


def test_is_bit_equal_twice(chunks):
    X, _ = chunks[0]
    first, second = (stream(small(), chunks, 12).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_first_call_may_lack_a_class(chunks):
    X, y = chunks[0]
    bad = y == "bad"
    model = small().partial_fit(X[bad], y[bad], classes=["bad", "good"])
    model.partial_fit(X, y)
    assert model.predict_proba(X).shape == (200, 2)


def test_refuses_what_scikit_learn_refuses(chunks):
    X, y = chunks[0]
    for cls in (PrunedMLPClassifier, MLPClassifier):
        with pytest.raises(ValueError, match="classes must be passed on the first"):
            cls().partial_fit(X, y)
        with pytest.raises(ValueError, match="does not support early_stopping=True"):
            cls(early_stopping=True).partial_fit(X, y, classes=["bad", "good"])
    with pytest.raises(ValueError, match="sparsity='auto'"):
        PrunedMLPClassifier(sparsity="auto").partial_fit(X, y, classes=["bad", "good"])


def test_regressor_learns_from_a_stream():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 5))
    y = 100.0 * X[:, 0] + 1000.0
    model = PrunedMLPRegressor(
        (16,),
        random_state=0,
        max_iter=30,
        prune_iter=20,
        sparsity=0.5,
        learning_rate_init=0.01,
    )
    for i in range(60):
        at = slice(i * 400 % 4000, i * 400 % 4000 + 400)
        model.partial_fit(X[at], y[at])
    assert model.score(X, y) > 0.9
    assert model.sparsity_ == pytest.approx(0.5, abs=0.01)


class InterruptBatch(Callback):
    """Presses Ctrl-C in the second batch of one call."""

    def __init__(self, call):
        self.call = call

    def on_batch_end(self, net, **kwargs):
        if len(net.history) == self.call and len(net.history[-1]["batches"]) == 2:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("call", "stage"), [(1, "dense"), (5, "dense"), (11, "pruning"), (16, "pruning")]
)
def test_ctrl_c_leaves_a_model_that_learns_on(chunks, call, stage):
    model = small(batch_size=50, callbacks=[InterruptBatch(call)])
    stream(model, chunks, call - 1)
    with (
        pytest.warns(UserWarning, match=f"interrupted by user in the {stage} phase"),
        pytest.raises(KeyboardInterrupt),
    ):
        stream(model, chunks, 1, call - 1)
    # The call that was cut short counts neither as a pass nor in rows.
    assert model.n_iter_ == len(model.loss_curve_) == call - 1
    assert model.t_ == 200 * (call - 1)
    assert (model.sparsity_ > 0) == (stage == "pruning")
    # No call has come to its end at the sparsity of the first one cut short.
    assert (model.best_loss_ is None) == (call in (1, 11))
    assert model.predict_proba(chunks[0][0]).shape == (200, 2)
    pickle.loads(pickle.dumps(model))
    stream(model, chunks, 20, call)
    assert model.n_iter_ == call - 1 + 20
    assert model.sparsity_ == pytest.approx(0.8, abs=0.005)


KEPT = 5


@pytest.fixture
def short_memory(monkeypatch):
    monkeypatch.setattr("skprune.estimator.streaming.KEPT_EPOCHS", KEPT)


class Numbers(Callback):
    """Notes the number of each epoch, and when stages begin and end."""

    heard: list = []

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        self.heard.append("begin")

    def on_epoch_end(self, net, **kwargs):
        self.heard.append(net.history[-1, "epoch"])

    def on_train_end(self, net, X=None, y=None, **kwargs):
        self.heard.append("end")


@pytest.fixture
def heard():
    Numbers.heard.clear()
    return Numbers.heard


# In the dense stage, while it is being pruned, and long after.
@pytest.mark.parametrize("n_calls", [4, 7, 10, 13, 17, 30])
def test_remembers_the_last_epochs_and_counts_all(short_memory, chunks, n_calls):
    model = stream(small(), chunks, n_calls)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skprune.estimator.streaming.KEPT_EPOCHS", 1000)
        whole = stream(small(), chunks, n_calls)
    assert len(whole.loss_curve_) == n_calls
    assert model.n_iter_ == whole.n_iter_ == n_calls
    assert model.t_ == whole.t_ == 200 * n_calls
    assert model.loss_curve_ == whole.loss_curve_[-KEPT:]
    kept, rows = model.net_.history, whole.net_.history[-KEPT:]
    assert list(kept) == rows
    assert kept[-1, "epoch"] == n_calls
    final = [
        r["train_loss"] for r in rows if np.isclose(r["sparsity"], model.sparsity_)
    ]
    assert model.best_loss_ == min(final)
    assert model.loss_ == model.loss_curve_[-1]


def test_fit_remembers_all_epochs(short_memory, chunks):
    model = small().fit(*chunks[0])
    assert len(model.loss_curve_) == model.n_iter_ == 14


def test_memory_does_not_grow_with_the_calls(short_memory, chunks):
    noted = NotesBatches()
    model = stream(small(callbacks=[noted], batch_size=50), chunks, 30)
    held = []
    for _ in range(2):
        stream(model, chunks, 40)
        gc.collect()
        # The numbers counted differ in their bytes.
        held.append([len(gc.get_objects()), len(pickle.dumps(model))])
    np.testing.assert_allclose(held[0], held[1], atol=20)
    assert noted.most == 8


class NotesBatches(Callback):
    """Lets the network take note of each batch, and counts what it keeps of them."""

    most = 0

    def on_batch_end(self, net, **kwargs):
        net.history.record_batch("row", [])
        batches = [row["batches"] for row in net.history]
        self.most = max(self.most, sum(map(len, batches)))


def test_a_call_takes_as_many_steps_however_long_the_stream(short_memory, chunks):
    model = stream(small(), chunks, 30)
    first = bytecodes(stream, model, chunks, 1)
    stream(model, chunks, 100)
    assert bytecodes(stream, model, chunks, 1) == pytest.approx(first, rel=0.01)


def bytecodes(call, *args):
    """Count what the interpreter executes of this package in a call."""
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        if "skprune" not in frame.f_globals.get("__name__", ""):
            return None
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call(*args)
    finally:
        sys.settrace(before)
    return count


# One cut by a threshold, below which more weights fall as the penalty shrinks them.
ONE_CUT = {
    "schedule": "one_shot",
    "prune_iter": 20,
    "criterion": "magnitude",
    "threshold": 0.25,
    "sparsity": 0.9,
    "alpha": 20.0,
}


@pytest.mark.parametrize(
    ("rate", "pruning"),
    [
        ("constant", {}),
        ("invscaling", {}),
        ("adaptive", {}),
        ("constant", ONE_CUT),
        ("constant", {"criterion": "movement"}),
    ],
)
def test_pickled_after_each_call_goes_on_in_its_stage(chunks, rate, pruning):
    # Without momentum and shuffling, and where no weight is left that leads nowhere,
    # the weights and the place in the stage are all that a stream has to remember.
    params = {
        "solver": "sgd",
        "momentum": 0.0,
        "learning_rate": rate,
        "learning_rate_init": 0.1,
        "shuffle": False,
        "max_iter": 30,
        "n_iter_no_change": 2,
        "tol": 0.01,
        "granularity": "unit",
        "sparsity": 0.5,
        **pruning,
    }
    # The loss over the same rows again and again stands still sooner or later.
    X, y = chunks[0]
    unbroken = small(**params)
    broken = clone(unbroken)
    for _ in range(45):
        unbroken.partial_fit(X, y, classes=["bad", "good"])
        broken = reloaded(broken).partial_fit(X, y, classes=["bad", "good"])
        assert broken.sparsity_ == unbroken.sparsity_
        np.testing.assert_allclose(
            broken.predict_proba(X), unbroken.predict_proba(X), atol=1e-4
        )
    np.testing.assert_allclose(broken.loss_curve_, unbroken.loss_curve_, atol=1e-4)
    phases = unbroken.net_.history[:, "phase"]
    assert broken.net_.history[:, "phase"] == phases
    assert "pruning" in phases
    assert broken.n_iter_ == 45
    assert broken.t_ == 45 * 200


def test_the_first_call_of_pruning_says_for_how_long_through_a_pickle(chunks):
    everything = [tuple(map(np.concatenate, zip(*chunks, strict=True)))]
    model = small(prune_iter=None, batch_size=10, max_iter=1)
    stream(model, everything, 2)
    model = reloaded(model)
    # The ramp is 10 calls: it would be 50 for calls of 20 batches.
    stream(model, chunks, 8)
    assert 0.0 < model.sparsity_ < 0.8
    stream(model, chunks, 1)
    assert model.sparsity_ == pytest.approx(0.8, abs=0.005)


def test_training_goes_on_around_rounded_weights(chunks):
    # The loss of a call's only step is that of the network before it.
    X, y = chunks[0]
    model = stream(small(n_bits=4, prune_iter=1, learning_rate_init=0.1), chunks, 12)
    for again in (model, reloaded(model)):
        for _ in range(3):
            before = log_loss(y, again.predict_proba(X))
            assert again.partial_fit(X, y).loss_ == pytest.approx(before, abs=1e-5)


@pytest.mark.parametrize("n_calls", [3, 8, 10, 12, 14, 20])
def test_pickled_once_prunes_on_schedule(chunks, n_calls):
    model = reloaded(reloaded(stream(small(), chunks, n_calls)))
    other = stream(small(), chunks, n_calls)
    for i in range(n_calls, n_calls + 8):
        stream(model, chunks, 1, i)
        stream(other, chunks, 1, i)
        assert model.sparsity_ == pytest.approx(other.sparsity_, abs=0.005)
    assert model.n_iter_ == n_calls + 8


def test_a_process_that_scores_a_stream_loads_no_torch(chunks, tmp_path):
    model = stream(small(), chunks, 10)
    X, _ = chunks[0]
    (tmp_path / "model").write_bytes(pickle.dumps((model, X)))
    program = (
        "import sys, pickle;"
        f"model, X = pickle.load(open({str(tmp_path / 'model')!r}, 'rb'));"
        "again = pickle.loads(pickle.dumps(model));"
        "print(again.predict_proba(X).tobytes().hex(), *sys.modules)"
    )
    run = [sys.executable, "-c", program]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    proba, *modules = done.stdout.split()
    assert proba == model.predict_proba(X).tobytes().hex()
    assert not {"torch", "skorch"} & set(modules)


def test_fit_forgets_where_a_pickled_stream_stood(chunks):
    X, y = chunks[0]
    model = reloaded(stream(small(), chunks, 3)).fit(X, y)
    masks = model.masks_
    model.partial_fit(X, y)
    for name, mask in model.masks_.items():
        np.testing.assert_array_equal(mask, masks[name])


def test_a_pruned_network_may_go_on_dense(chunks):
    model = reloaded(stream(small(), chunks, 16)).set_params(sparsity=0.0)
    stream(model, chunks, 30, 16)
    assert model.sparsity_ == 0.0
    assert model.masks_ == {}
    phases = model.net_.history[:, "phase"]
    assert phases == ["dense"] * 8 + ["pruning"] * 8 + ["dense"] * 30


def test_epoch_callbacks_hear_each_call(short_memory, heard, chunks):
    model = stream(small(callbacks=[Numbers()]), chunks, 17)
    stages = ["begin", *range(1, 9), "end", "begin", *range(9, 15), "end"]
    assert heard == [*stages, "begin", 15, 16, 17]
    del heard[:]
    stream(reloaded(model), chunks, 2, 17)
    assert heard == ["begin", 18, 19]


def test_rate_schedules_of_skorch_follow_the_calls(chunks):
    halve = LRScheduler("StepLR", step_size=1, gamma=0.5)
    model = stream(small(callbacks=[halve], sparsity=0.0), chunks, 4)
    still = stream(small(callbacks=[halve], sparsity=0.0), chunks, 40)
    assert still.n_iter_ == 40
    # By then the rate is 2**-40 of what it was.
    before = still.predict_proba(chunks[0][0])
    np.testing.assert_allclose(
        stream(still, chunks, 1).predict_proba(chunks[0][0]), before, atol=1e-6
    )
    before = model.predict_proba(chunks[0][0])
    after = stream(model, chunks, 1).predict_proba(chunks[0][0])
    assert np.abs(after - before).max() > 1e-5


def test_early_stopping_of_skorch_ends_the_stage_but_not_the_ramp(chunks):
    # From the second call on no loss is an improvement.
    stop = EarlyStopping(monitor="train_loss", patience=2, threshold=1.0)
    model = stream(small(callbacks=[stop], prune_iter=12), chunks, 3)
    assert model.sparsity_ == 0.0
    stream(model, chunks, 1, 3)
    assert 0.0 < model.sparsity_ < 0.8
    stream(model, chunks, 5, 4)
    assert model.sparsity_ == pytest.approx(0.8, abs=0.005)


def test_callbacks_of_scikit_learn_are_told_of_each_call(chunks):
    monitor = ScoringMonitor(scoring="accuracy")
    model = stream(small().set_callbacks(monitor), chunks, 9)
    logs = monitor.get_logs(select="all")
    scores = [row["accuracy"] for log in logs for row in log.data]
    assert len(scores) == 9
    assert scores[-1] == model.score(*chunks[8])


def test_verbose_prints_a_line_a_call(chunks, capsys):
    model = stream(small(verbose=True), chunks, 17)
    lines = capsys.readouterr().out.splitlines()
    stages = [f"dense, epoch {i} of 8:" for i in range(1, 9)]
    stages += [f"pruning, epoch {i} of 6:" for i in range(1, 7)]
    # The network goes on learning at its final sparsity, without end.
    stages += [f"pruning, epoch {i}:" for i in range(7, 10)]
    assert len(lines) == model.n_iter_ == 17
    for line, stage, loss in zip(lines, stages, model.loss_curve_, strict=True):
        assert line.startswith(f"{stage} loss = {loss:.8f}, ")


def test_several_networks_are_what_each_becomes_alone(chunks):
    X, _ = chunks[0]
    # Dense, while being pruned, and afterwards; through a pickle too.
    model = small(n_networks=3)
    for start, n_calls in [(0, 5), (5, 6), (11, 5)]:
        stream(model, chunks, n_calls, start)
        alone = [clone(one) for one in model.estimators_]
        assert len({one.random_state for one in alone}) == 3
        for one in alone:
            stream(one, chunks, start + n_calls)
        mean = np.mean([one.predict_proba(X) for one in alone], axis=0)
        np.testing.assert_allclose(model.predict_proba(X), mean, atol=1e-7)
        assert model.n_iter_ == start + n_calls
        assert model.t_ == 200 * (start + n_calls)
        assert model.sparsity_ == np.mean([one.sparsity_ for one in alone])
    again = stream(reloaded(model), chunks, 3, 16)
    assert again.n_iter_ == 19
    for one, before in zip(again.estimators_, model.estimators_, strict=True):
        for name, mask in one.masks_.items():
            np.testing.assert_array_equal(mask, before.masks_[name])


def test_the_prior_holds_weights_while_a_stream_is_pruned(chunks):
    # Labels by chance: all that is learnt of them is wrong.
    rng = np.random.default_rng(1)
    X, new = rng.normal(size=(2, 400, 8)).astype(np.float32)
    drawn, unseen = rng.choice(["bad", "good"], size=(2, 400))
    size, lost = {}, {}
    for alpha in ("auto", 0.0):
        model = small(prune_alpha=alpha, max_iter=1, prune_iter=20, batch_size=10)
        stream(model, [(X, drawn)], 1 + 20)
        size[alpha] = sum(float((w**2).sum()) for w in model.coefs_)
        lost[alpha] = log_loss(unseen, model.predict_proba(new))
    assert size["auto"] < 0.9 * size[0.0]
    assert lost["auto"] < lost[0.0]
