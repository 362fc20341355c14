"""A fitted network survives copying, and is small where it was pruned."""

import copy
import io
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
from instances import classifier, regressor
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.neural_network import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(120, 20, random_state=0)


def through_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    return joblib.load(file)


COPIES = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "joblib": through_joblib,
    "deepcopy": copy.deepcopy,
    "clone": lambda model: clone(model).fit(X, y),
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("make", [classifier, regressor])
@pytest.mark.parametrize("sparsity", [0.0, 0.95])
def test_copies_predict_bit_equally(make, how, sparsity):
    model = make(sparsity=sparsity).fit(X, y)
    other = COPIES[how](model)
    np.testing.assert_array_equal(other.predict(X), model.predict(X))
    assert other.n_nonzero_ == model.n_nonzero_
    assert str(other.pruning_report_) == str(model.pruning_report_)
    assert other.loss_curve_ == model.loss_curve_


def test_a_pruned_pickle_is_an_eighth_of_the_dense_one():
    ours = classifier(hidden_layer_sizes=(100,), sparsity=0.95).fit(X, y)
    theirs = MLPClassifier((100,), max_iter=2).fit(X.astype(np.float32), y)
    assert 8 * len(pickle.dumps(ours)) <= len(pickle.dumps(theirs))


def test_a_process_that_only_scores_loads_neither_torch_nor_skorch(tmp_path):
    model = classifier().fit(X, y)
    joblib.dump((model, X), tmp_path / "model")
    program = (
        "import sys, joblib;"
        f"model, X = joblib.load({str(tmp_path / 'model')!r});"
        "print(model.predict_proba(X).tobytes().hex(), *sys.modules)"
    )
    run = [sys.executable, "-c", program]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    proba, *modules = done.stdout.split()
    assert proba == model.predict_proba(X).tobytes().hex()
    assert not {"torch", "skorch"} & set(modules)


def test_net_and_module_are_rebuilt_on_request():
    torch = pytest.importorskip("torch")
    model = pickle.loads(pickle.dumps(classifier().fit(X, y)))
    rows = torch.from_numpy(X.astype(np.float32))
    for module in (model.module_, model.net_.module_):
        with torch.no_grad():
            proba = torch.sigmoid(module(rows))[:, 0].numpy()
        np.testing.assert_allclose(proba, model.predict_proba(X)[:, 1], atol=1e-6)
    history = model.net_.history
    assert history[:, "train_loss"] == model.loss_curve_
    assert set(history[:, "phase"]) == {"dense", "pruning"}
    assert history[-1, "sparsity"] == pytest.approx(model.sparsity_)
