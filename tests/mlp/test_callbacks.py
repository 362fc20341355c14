"""skorch's callbacks hear the training, scikit-learn's see both phases."""

import re

import numpy as np
import pytest
from instances import classifier, regressor
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback, EarlyStopping, LRScheduler

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(100, 5, random_state=0)
DENSE, PRUNING = 12, 6


class Listener(Callback):
    """Counts what it hears, in whatever copy of it hears it."""

    heard: list = []

    def on_epoch_end(self, net, **kwargs):
        self.heard.append(net.history[-1, "phase"])

    def on_batch_end(self, net, training, **kwargs):
        self.heard.append("batch" if training else "validation batch")

    def on_grad_computed(self, net, named_parameters, **kwargs):
        assert all(p.grad is not None for _, p in named_parameters)
        self.heard.append("gradient")


@pytest.fixture(autouse=True)
def heard():
    Listener.heard.clear()
    return Listener.heard


def test_skorch_callbacks_hear_both_phases(heard):
    model = classifier(callbacks=[Listener()], early_stopping=True).fit(X, y)
    n_epochs = model.n_iter_
    assert heard.count("pruning") == PRUNING
    assert heard.count("dense") == n_epochs - PRUNING
    assert heard.count("batch") == heard.count("gradient") == n_epochs * 5
    assert heard.count("validation batch") == n_epochs


def test_early_stopping_of_skorch_ends_the_phase_but_not_the_ramp():
    # From the second epoch on no loss is an improvement: each phase ends early.
    stop = EarlyStopping(monitor="train_loss", patience=2, threshold=1.0)
    model = classifier(callbacks=[stop]).fit(X, y)
    phases = model.net_.history[:, "phase"]
    assert phases.count("dense") == 3
    assert PRUNING // 2 <= phases.count("pruning") <= PRUNING
    assert model.sparsity_ == pytest.approx(0.7, abs=0.02)


def test_rate_schedules_of_skorch_follow_the_epochs():
    class Rates(Callback):
        def on_epoch_end(self, net, **kwargs):
            seen.append(net.optimizer_.param_groups[0]["lr"])

    seen: list = []
    halve = LRScheduler("StepLR", step_size=1, gamma=0.5)
    classifier(callbacks=[Rates(), halve], sparsity=0.0, max_iter=4).fit(X, y)
    assert seen == pytest.approx([0.02, 0.01, 0.005, 0.0025])


def test_verbose_prints_a_line_an_epoch(capsys):
    model = classifier(verbose=True, early_stopping=True).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == model.n_iter_ + 1
    first = rf"dense, epoch 1 of {model.max_iter}: loss = \d.*, \d+\.\d\d s"
    assert re.fullmatch(first, lines[0])
    assert "validation loss" in lines[0]
    assert lines[-2].startswith(f"pruning, epoch {PRUNING} of {PRUNING}: ")
    assert lines[-1].startswith(f"PrunedMLPClassifier: {model.n_iter_} epochs in ")
    assert f"{model.pruning_report_.pruned.score:.4f} (validation rows)" in lines[-1]
    classifier().fit(X, y)
    assert capsys.readouterr().out == ""


def test_progress_bar_shows_both_phases(capsys):
    classifier().set_callbacks(ProgressBar()).fit(X, y)
    shown = capsys.readouterr().out
    assert "PrunedMLPClassifier" in shown
    assert "dense" in shown and "pruning" in shown


@pytest.mark.parametrize(
    ("model", "metric"), [(classifier(), "roc_auc"), (regressor(), "r2")]
)
def test_scoring_monitor_scores_each_epoch(model, metric):
    monitor = ScoringMonitor(scoring=metric)
    model.set_callbacks(monitor).fit(X, y)
    frame = monitor.get_logs().data_as_pandas
    scores = frame[frame.task_name == "epoch"]
    assert len(scores) == DENSE + PRUNING
    assert np.isfinite(scores[metric]).all()
    assert scores[metric].iloc[DENSE - 1] > scores[metric].iloc[0]


def test_monitoring_does_not_change_the_network():
    plain = classifier().fit(X, y)
    watched = classifier(callbacks=[Listener()])
    watched.set_callbacks(ScoringMonitor(scoring="neg_log_loss")).fit(X, y)
    np.testing.assert_array_equal(plain.predict_proba(X), watched.predict_proba(X))


@pytest.mark.parametrize(
    "outer",
    [
        lambda m: make_pipeline(StandardScaler(), m),
        lambda m: GridSearchCV(m, {"sparsity": [0.5]}, cv=2),
    ],
    ids=["Pipeline", "GridSearchCV"],
)
def test_callbacks_of_scikit_learn_pass_through(outer):
    monitor = ScoringMonitor(scoring="roc_auc")
    outer(classifier().set_callbacks(monitor)).fit(X, y)
    logs = monitor.get_logs(select="all")
    epochs = [row for log in logs for row in log.data if row["task_name"] == "epoch"]
    assert len(epochs) >= DENSE + PRUNING
    assert all(0 <= row["roc_auc"] <= 1 for row in epochs)


def test_memory_trains_the_dense_phase_once_a_fold(tmp_path, heard):
    estimator = classifier(callbacks=[Listener()], memory=str(tmp_path))
    grid = {"sparsity": [0.0, 0.5, 0.8], "granularity": ["weight", "unit"]}
    cached = GridSearchCV(estimator, grid, cv=2, refit=False).fit(X, y)
    assert heard.count("dense") == 2 * DENSE
    assert heard.count("pruning") == 2 * 4 * PRUNING
    anew = GridSearchCV(estimator.set_params(memory=None), grid, cv=2, refit=False)
    found = anew.fit(X, y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(found, cached.cv_results_["mean_test_score"])


@pytest.mark.parametrize(
    "change", [{"alpha": 1.0}, {"random_state": 1}, {"hidden_layer_sizes": (7,)}]
)
def test_memory_tells_dense_phases_apart(change, tmp_path, heard):
    estimator = classifier(callbacks=[Listener()], memory=str(tmp_path)).fit(X, y)
    estimator.set_params(**change).fit(X, y)
    assert heard.count("dense") == 2 * DENSE
    estimator.fit(X + 1, y)
    assert heard.count("dense") == 3 * DENSE


def test_the_optimizer_is_within_reach():
    class Betas(Callback):
        def on_train_begin(self, net, X=None, y=None, **kwargs):
            for group in net.optimizer_.param_groups:
                group.update(betas=(0.8, 0.99), eps=1e-7)

    plain = classifier().fit(X, y)
    other = classifier(callbacks=[Betas()]).fit(X, y)
    assert plain.loss_curve_ != other.loss_curve_
