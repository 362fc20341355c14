"""Searches run unchanged on a cluster of processes, and outlive a worker."""

import os
import signal
import threading
import time

import pytest
from instances import classifier
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, KFold

from skprune import SparsitySearchCV

distributed = pytest.importorskip("distributed")

X, y = make_classification(400, 20, random_state=0)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="kills a process"),
    # What dask and its web server warn of is not ours to mend.
    pytest.mark.filterwarnings("ignore"),
]


def search():
    # Twelve folds are three tasks.
    model = classifier(max_iter=30, prune_iter=16, tol=0.0)
    levels = {"sparsities": [0.0, 0.5, 0.8, 0.9], "cv": KFold(12)}
    return SparsitySearchCV(model, scoring="roc_auc", **levels)


@pytest.fixture(scope="module")
def alone():
    return search().fit(X, y)


@pytest.fixture(scope="module")
def client():
    cluster = distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=":0",
    )
    with cluster, distributed.Client(cluster) as client:
        yield client


def assert_same(one, other):
    for name, values in one.cv_results_.items():
        if "time" not in name:
            assert_array_equal(values, other.cv_results_[name])
    assert one.best_params_ == other.best_params_
    a, b = (each.predict_proba(X) for each in (one, other))
    assert_array_equal(a, b)


def test_a_cluster_gives_the_same_bits(client, alone):
    with parallel_config(backend="dask"):
        assert_same(search().fit(X, y), alone)


def test_a_grid_search_does_too(client):
    grid = GridSearchCV(classifier(), {"sparsity": [0.5, 0.8]}, cv=3)
    expected = grid.fit(X, y)
    with parallel_config(backend="dask"):
        found = GridSearchCV(classifier(), {"sparsity": [0.5, 0.8]}, cv=3).fit(X, y)
    assert_same(found, expected)


def test_scores_of_partitions(client):
    import dask.dataframe as dd
    import pandas as pd

    frame = pd.DataFrame(X).add_prefix("column ")
    model = classifier().fit(frame.to_numpy(), y)

    def score_part(part, model):
        score = model.predict_proba(part.to_numpy())[:, 1]
        return pd.DataFrame({"score": score}, index=part.index)

    parts = dd.from_pandas(frame, npartitions=3)
    scores = parts.map_partitions(score_part, model, meta={"score": "float64"})
    expected = model.predict_proba(frame.to_numpy())[:, 1]
    # Sums of fewer rows may be added up in another order.
    assert_allclose(scores.compute()["score"], expected, rtol=1e-6)


def test_a_worker_that_is_killed_is_made_up_for(client, alone):
    killed = []

    def kill():
        pids = client.run(os.getpid)
        while not killed:
            for address, tasks in client.processing().items():
                if tasks:
                    # Late enough for the task to be under way.
                    time.sleep(0.5)
                    os.kill(pids[address], signal.SIGKILL)
                    killed.append(address)
                    return
            time.sleep(0.05)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    with parallel_config(backend="dask"):
        found = search().fit(X, y)
    thread.join(10)
    assert killed and killed[0] not in client.scheduler_info()["workers"]
    assert_same(found, alone)
