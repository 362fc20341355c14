"""What comes of a trained network is an estimator like any other of ours."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.metrics import log_loss, r2_score, roc_auc_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedMLPClassifier, prune
from skprune.export import to_numpy, to_onnx, to_torch

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = make_classification(900, 20, n_informative=6, random_state=0)
X, X_TEST, Y, Y_TEST = X[:600], X[600:], Y[:600], Y[600:]
N_WEIGHTS = 20 * 32 + 32 * 16 + 16


@pytest.fixture(scope="module")
def source():
    dense = MLPClassifier((32, 16), early_stopping=True, max_iter=80, random_state=0)
    return dense.fit(X, Y)


@pytest.fixture(scope="module")
def pruned(source):
    return prune(source, X, Y, early_stopping=True, random_state=0)


def auc(model):
    return roc_auc_score(Y_TEST, model.predict_proba(X_TEST)[:, 1])


def test_nine_tenths_go_and_the_ranking_stays(source, pruned):
    assert auc(pruned) > auc(source) - 0.02
    kept = sum(int(mask.sum()) for mask in pruned.masks_.values())
    assert kept == N_WEIGHTS - round(0.9 * N_WEIGHTS)
    # Compaction may find some of them idle; by no means all.
    assert kept // 2 < pruned.n_nonzero_ <= kept


def test_recovery_is_what_keeps_it(source, pruned):
    once = prune(source, X, Y, prune_iter=1, schedule="one_shot", solver="sgd",
                 learning_rate_init=1e-9, random_state=0)  # fmt: skip
    assert auc(once) < auc(pruned) - 0.01


def test_the_report_has_the_given_network_as_the_dense_one(source):
    ours = prune(source, X, Y, random_state=0, prune_iter=4)
    report = ours.pruning_report_
    assert report.evaluated_on == "training"
    assert report.dense.nonzeros == N_WEIGHTS
    proba = source.predict_proba(X)[:, 1]
    assert report.dense.scores["AUC"] == pytest.approx(roc_auc_score(Y, proba))
    assert report.dense.loss == pytest.approx(log_loss(Y, proba), abs=1e-5)
    assert report.pruned.nonzeros == ours.n_nonzero_
    assert ours.n_iter_ == 4
    assert set(ours.net_.history[:, "phase"]) == {"pruning"}


def test_rows_are_set_aside(pruned):
    assert pruned.pruning_report_.evaluated_on == "validation"
    assert len(pruned.validation_scores_) == pruned.n_iter_


@pytest.mark.parametrize(
    "params",
    [
        {"granularity": "unit", "sparsity": 0.5},
        {"granularity": "feature", "n_keep": 5},
        {"sparsity": "auto", "tolerance": 0.05, "prune_iter": 18},
        {"n_bits": 8, "sparsity": 0},
        {"schedule": "lottery"},
        {"criterion": "fisher", "early_stopping": True},
        {"n_networks": 2, "early_stopping": True},
        {"dropout": 0.1, "regrow": "gradient", "solver": "adamw"},
    ],
    ids=str,
)
def test_other_parameters_mean_what_they_do(source, params):
    ours = prune(source, X, Y, **{"prune_iter": 8, "random_state": 0} | params)
    assert auc(ours) > 0.75
    assert ours.n_nonzero_ < N_WEIGHTS or "n_bits" in params
    assert ours.get_params().items() >= params.items()


def test_features_that_are_kept_are_as_many_as_asked_for(source):
    ours = prune(source, X, Y, granularity="feature", n_keep=5, prune_iter=4)
    assert ours.pruning_report_.pruned.features == 5


def test_a_seed_makes_it_bit_equal(source, pruned):
    again = prune(source, X, Y, early_stopping=True, random_state=0)
    assert_array_equal(again.predict_proba(X), pruned.predict_proba(X))


def test_the_last_step_of_a_pipeline():
    pipe = make_pipeline(StandardScaler(), MLPClassifier((16,), random_state=0))
    pipe.fit(100 * X, Y)
    last = prune(pipe[-1], pipe[:-1].transform(100 * X), Y, random_state=0)
    joined = make_pipeline(pipe[0], last)
    assert roc_auc_score(Y, joined.predict_proba(100 * X)[:, 1]) > 0.9


def test_regressors_are_pruned_in_their_own_units():
    X, y = make_regression(400, 12, n_informative=4, noise=5.0, random_state=0)
    y = 1e5 + 1e3 * y / y.std()
    source = MLPRegressor(hidden_layer_sizes=(32,), random_state=0)
    source.fit(X, (y - 1e5) / 1e3)
    # As a user would who standardised the target outside.
    source.coefs_[-1] *= 1e3
    source.intercepts_[-1] = source.intercepts_[-1] * 1e3 + 1e5
    ours = prune(source, X, y, random_state=0)
    assert r2_score(y, ours.predict(X)) > 0.95
    assert ours.pruning_report_.dense.score == pytest.approx(source.score(X, y))


def test_copies_and_later_fits(source, pruned):
    copy = pickle.loads(pickle.dumps(pruned))
    assert_array_equal(copy.predict_proba(X), pruned.predict_proba(X))
    fresh = clone(pruned).set_params(max_iter=3, prune_iter=2).fit(X, Y)
    assert fresh.n_iter_ == 5  # It trains a network of its own.
    copy.set_params(early_stopping=False).partial_fit(X, Y)
    assert copy.sparsity_ == pytest.approx(pruned.sparsity_)
    assert copy.n_iter_ == pruned.n_iter_ + 1


def test_a_pickle_holds_no_network_but_the_pruned(source):
    several = prune(source, X, Y, n_networks=2, prune_iter=2)
    ours = prune(source, X, Y, prune_iter=2)
    trained = PrunedMLPClassifier((32, 16), max_iter=2, prune_iter=2).fit(X, Y)
    size = len(pickle.dumps(trained))
    assert len(pickle.dumps(ours)) < 1.1 * size
    assert len(pickle.dumps(several)) < 2.2 * size


def test_scoring_loads_no_torch(pruned, tmp_path):
    (tmp_path / "model").write_bytes(pickle.dumps(pruned))
    program = (
        "import pickle, sys, numpy as np;"
        f"model = pickle.load(open({str(tmp_path / 'model')!r}, 'rb'));"
        "model.predict_proba(np.zeros((2, 20)));"
        "print(*sys.modules)"
    )
    run = [sys.executable, "-W", "ignore", "-c", program]
    loaded = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    assert "skprune.mlp.classifier" in loaded.split()
    assert not {"torch", "skorch", "skprune.pretrained"} & set(loaded.split())


def test_exports(pruned, tmp_path):
    import torch

    rows = X_TEST.astype(np.float32)
    given = to_torch(pruned)(torch.from_numpy(rows)).detach().numpy()
    assert_allclose(given, pruned.predict_proba(rows), atol=1e-6)
    path = to_numpy(pruned, tmp_path / "scores.py")
    assert "import skprune" not in path.read_text("utf-8")
    pytest.importorskip("onnxruntime")
    assert to_onnx(pruned, tmp_path / "model.onnx") is not None
