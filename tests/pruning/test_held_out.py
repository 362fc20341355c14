"""How much noise rows tell that are held out for that alone."""

from dataclasses import replace

import numpy as np
import pytest
from instances import classifier, regressor
from joblib import Memory
from parts import Rows, get_loss, train_all
from scipy import sparse
from sklearn.datasets import make_classification
from skorch.callbacks import Callback

from skprune import PrunedLSTMClassifier
from skprune.estimator import setting_aside
from skprune.estimator.jobs import make_job
from skprune.estimator.setting_aside import held_out_of
from skprune.training import held_out
from skprune.training.beginnings import dense_phase
from skprune.training.held_out import with_held_out_losses

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(300, 8, flip_y=0.2, weights=[0.8], random_state=0)
X = X.astype(np.float32)


class Progress:
    """Is told of phases."""

    def __init__(self):
        self.begun = []

    def begin_phase(self, name, n_epochs):
        self.begun.append(name)

    def begin_epoch(self): ...
    def end_epoch(self, nets): ...
    def interrupted(self, phase): ...
    def end_phase(self): ...


def say_nothing(line): ...


def job(**parameters):
    model = classifier(**{"max_iter": 30, "prune_iter": 20} | parameters)
    encoded, targets = model.fit(X[:60], y[:60])._encode(y, None, None, reset=False)
    return make_job(model, Rows(X, encoded), targets, None)


def test_it_is_the_lowest_loss_of_a_network_that_learns_from_the_others():
    (pruned,) = train_all([job()], Memory(None), Progress(), say_nothing)
    train, valid = job().held_out
    assert len(valid) == 60 and len(train) == 240
    assert not set(train) & set(valid)
    # As a dense network is judged that sets these rows aside.
    aside = replace(job(), prune=None, train=train, valid=valid, held_out=None)
    (judged,) = train_all([aside], Memory(None), Progress(), say_nothing)
    assert pruned.before.held_out == judged.loss
    assert judged.loss == min(row["valid_loss"] for row in judged.history)


def test_rows_are_held_out_by_class():
    _, valid = job().held_out
    assert abs(y[valid].sum() - y.sum() / 5) < 1


def test_the_dense_network_is_what_it_is_without():
    (pruned,) = train_all([job()], Memory(None), Progress(), say_nothing)
    without = replace(job(), held_out=None)
    (other,) = train_all([without], Memory(None), Progress(), say_nothing)
    np.testing.assert_array_equal(pruned.before.value, other.before.value)
    assert not np.array_equal(pruned.value, other.value)


def none_are_held_out_of(model, rows=X, target=y):
    model.fit(rows, target)
    target = np.asarray(target, np.float32)
    return held_out_of(model, target, np.random.RandomState(0)) is None


@pytest.mark.parametrize(
    "model",
    [
        classifier(early_stopping=True),
        classifier(sparsity="auto"),
        regressor(),
        PrunedLSTMClassifier((4,), n_timesteps=2, max_iter=1, prune_iter=1),
    ],
    ids=["rows set aside", "rows to find the sparsity", "a regressor", "in time"],
)
def test_none_are_where_noise_is_seen_without(model):
    assert none_are_held_out_of(model)


def test_none_are_of_few_rows():
    assert none_are_held_out_of(classifier(), X[:249], y[:249])
    assert not none_are_held_out_of(classifier(), X[:250], y[:250])


def test_a_class_may_have_one_row():
    target = np.where(np.arange(len(y)) == 7, 2, y)
    assert not none_are_held_out_of(classifier(), X, target)


def test_of_many_rows_some_tell_enough(monkeypatch):
    monkeypatch.setattr(setting_aside, "MOST_HELD_OUT", 100)
    train, valid = job().held_out
    assert len(valid) == 20 and len(train) == 80


@pytest.mark.parametrize("asked", [{"sparsity": 0}, {"prune_alpha": 1.0}])
def test_nothing_is_learnt_where_no_prior_asks(asked, monkeypatch):
    monkeypatch.setattr(held_out, "dense_phase", None)
    train_all([job(**asked)], Memory(None), Progress(), say_nothing)


@pytest.fixture
def learnt(monkeypatch):
    """Return the jobs of the networks that learn beside rows held out."""
    jobs = []

    def counted(job):
        jobs.append(job)
        return dense_phase(job)

    monkeypatch.setattr(held_out, "dense_phase", counted)
    return jobs


def test_levels_of_one_dense_network_share_it(learnt):
    one = job()
    levels = [
        replace(one, prune=replace(one.prune, sparsity=level)) for level in (0.5, 0.9)
    ]
    train_all(levels, Memory(None), Progress(), say_nothing)
    assert len(learnt) == 1


def test_a_cache_keeps_it_apart_from_the_amount(tmp_path, learnt):
    for sparsity in (0.5, 0.9):
        classifier(memory=str(tmp_path), sparsity=sparsity).fit(X, y)
    assert len(learnt) == 1


def test_networks_in_step_have_what_each_has_alone(learnt):
    jobs = [job(random_state=seed) for seed in range(3)]
    together = train_all(jobs, Memory(None), Progress(), say_nothing)
    alone = [train_all([one], Memory(None), Progress(), say_nothing)[0] for one in jobs]
    found, expected = (
        [outcome.before.held_out for outcome in outcomes]
        for outcomes in (together, alone)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert len(set(found)) == 3 and len(learnt) == 6


def test_a_row_that_is_not_trusted_counts_for_nothing(learnt):
    trust = np.ones(len(X), np.float32)
    doubted = np.array([job().held_out[0][0], job().held_out[1][0]])
    trust[doubted] = 0
    train_all([replace(job(), trust=trust)], Memory(None), Progress(), say_nothing)
    (apart,) = learnt
    assert len(apart.train) == 239 and len(apart.valid) == 59
    assert not set(doubted) & {*apart.train, *apart.valid}


def test_a_network_that_diverges_says_that_all_may_be_noise(monkeypatch):
    def diverging(job):
        phase = dense_phase(job)
        phase.net.flat_.value.data.fill_(np.nan)
        return phase

    monkeypatch.setattr(held_out, "dense_phase", diverging)
    (found,) = train_all([job()], Memory(None), Progress(), say_nothing)
    assert found.before.held_out == np.inf and np.isfinite(found.value).all()


class Listener(Callback):
    def __init__(self):
        self.sizes = []

    def on_batch_end(self, net, batch=None, training=None, **kwargs):
        self.sizes.append(len(batch[0]))


def test_nobody_is_told_of_it(learnt, capsys):
    progress = Progress()
    train_all([job()], Memory(None), progress, say_nothing)
    assert progress.begun == ["dense", "pruning"] and len(learnt) == 1
    listener = Listener()
    classifier(callbacks=[listener], batch_size=300, max_iter=4, verbose=True).fit(X, y)
    assert len(learnt) == 2 and set(listener.sizes) == {300}
    assert "validation loss" not in capsys.readouterr().out


def test_an_interrupt_in_it_leaves_the_dense_network(monkeypatch, tmp_path):
    def interrupting(job):
        phase = dense_phase(job)

        def begin_epoch():
            raise KeyboardInterrupt

        monkeypatch.setattr(phase, "begin_epoch", begin_epoch)
        return phase

    monkeypatch.setattr(held_out, "dense_phase", interrupting)
    model = classifier(memory=str(tmp_path))
    with pytest.warns(UserWarning, match="interrupted by user"):
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, y)
    dense = classifier(sparsity=0).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), dense.predict_proba(X))
    monkeypatch.setattr(held_out, "dense_phase", dense_phase)
    whole = classifier().fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(model.fit(X, y).predict_proba(X), whole)


def test_sparse_rows_are_held_out_likewise():
    found = classifier().fit(sparse.csr_array(X), y).predict_proba(X)
    np.testing.assert_allclose(
        found, classifier().fit(X, y).predict_proba(X), atol=1e-4
    )


def test_what_reads_no_labels_needs_none():
    asked = job()
    plan = replace(asked.plan, loss=get_loss("squared_error"))
    rows = replace(asked.rows, y=asked.rows.y.astype(np.float32))
    without = replace(asked, plan=plan, rows=rows)
    (dense,) = train_all([without.unpruned()], Memory(None), Progress(), say_nothing)
    (found,) = with_held_out_losses([without], [dense], Memory(None), Progress())
    assert found is dense
