"""Other libraries' tools drive the networks unchanged."""

import numpy as np
import pytest
from instances import classifier, regressor
from sklearn.datasets import make_classification, make_regression

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_pipeline_of_imbalanced_learn():
    pipeline = pytest.importorskip("imblearn.pipeline")
    sampling = pytest.importorskip("imblearn.over_sampling")
    X, y = make_classification(300, 6, weights=[0.9], class_sep=2, random_state=0)
    steps = sampling.RandomOverSampler(random_state=0), classifier()
    model = pipeline.make_pipeline(*steps).fit(X, y)
    assert model.score(X, y) > 0.8
    assert (model.predict(X[y == 1]) == 1).mean() > 0.8


def test_intervals_of_mapie_cover_what_they_promise():
    mapie = pytest.importorskip("mapie.regression")
    X, y = make_regression(400, 4, noise=20, random_state=0)
    model = mapie.SplitConformalRegressor(
        regressor(max_iter=40, sparsity=0.5), confidence_level=0.8, prefit=False
    )
    model.fit(X[:150], y[:150]).conformalize(X[150:300], y[150:300])
    _, intervals = model.predict_interval(X[300:])
    low, high = intervals[:, :, 0].T
    covered = (low <= y[300:]) & (y[300:] <= high)
    # Three standard deviations of a share of 100 rows around 0.8.
    assert 0.68 < covered.mean() < 0.92


def test_search_of_optuna():
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    X, y = make_classification(150, 5, random_state=0)

    def objective(trial):
        sparsity = trial.suggest_float("sparsity", 0.0, 0.95)
        model = classifier(sparsity=sparsity).fit(X, y)
        trial.set_user_attr("weights", model.n_nonzero_)
        return model.score(X, y)

    sampler = optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(objective, n_trials=4)
    assert study.best_value > 0.8
    trials = sorted(study.trials, key=lambda trial: trial.params["sparsity"])
    weights = [trial.user_attrs["weights"] for trial in trials]
    # What compaction folds away is not counted, so that near levels may change places.
    assert weights[-1] == min(weights) and len(set(weights)) > 2
    assert np.corrcoef(weights, range(4))[0, 1] < 0
