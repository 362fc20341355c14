"""Networks fitted to several series: validated at each one's end, whatever the way."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import (
    PrunedLSTMClassifier,
    PrunedLSTMRegressor,
    PrunedMLPRegressor,
    SparsitySearchCV,
)
from skprune.time_series import sliding_windows

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NET = PrunedLSTMRegressor(
    (4,),
    dense_layer_sizes=(),
    n_timesteps=3,
    early_stopping=True,
    validation_fraction=0.25,
    max_iter=3,
    prune_iter=2,
    sparsity=0.5,
    random_state=0,
)


def two_series():
    """Walks of 30 and 50 days as a table with an index (series, day)."""
    draws = np.random.default_rng(0)
    tables = {
        name: pd.DataFrame(draws.normal(size=(n, 2)).cumsum(0), columns=["a", "b"])
        for name, n in (("long", 50), ("short", 30))
    }
    return pd.concat(tables, names=["series", "day"])


def windows(horizon=1):
    table = two_series()
    return sliding_windows(table, table["a"], window=3, horizon=horizon)


def rows_apart(net, X, y, series):
    draws = np.random.RandomState(0)
    return net._layout.split(net, np.reshape(y, (len(y), -1)), draws, series)


@given(
    lengths=st.lists(st.integers(1, 20), min_size=1, max_size=4),
    horizon=st.integers(1, 4),
    seed=st.integers(0, 99),
)
def test_the_last_rows_of_each_series_are_set_aside(lengths, horizon, seed):
    codes = np.repeat(np.arange(len(lengths)), lengths)
    codes = np.random.default_rng(seed).permutation(codes)
    y = np.zeros((len(codes), horizon))
    try:
        train, valid = rows_apart(NET, y, y, codes)
    except ValueError:
        enough = [n for n in lengths if n - np.ceil(n / 4) - horizon + 1 >= 1]
        assert sum(np.ceil(n / 4) for n in enough) < 2
        return
    assert (np.diff(train) > 0).all() and (np.diff(valid) > 0).all()
    for code, n in enumerate(lengths):
        rows = np.flatnonzero(codes == code)
        n_valid = int(np.ceil(n / 4))
        n_train = n - n_valid - (horizon - 1)
        expected = (rows[:n_train], rows[-n_valid:]) if n_train > 0 else (rows, [])
        for part, wanted in zip((train, valid), expected, strict=True):
            np.testing.assert_array_equal(np.intersect1d(part, rows), wanted)


def fitted_alike(*nets):
    first, *others = [np.concatenate([w.ravel() for w in net.coefs_]) for net in nets]
    return all(np.array_equal(first, other) for other in others)


def test_labels_an_index_and_an_index_of_targets_say_the_same():
    X, y = windows()
    labels = X.index.get_level_values("series")
    plain = X.to_numpy(), y.to_numpy()
    by_index = clone(NET).fit(X, y)
    by_label = clone(NET).fit(*plain, series=labels)
    by_target = clone(NET).fit(plain[0], y)
    assert fitted_alike(by_index, by_label, by_target)
    assert not fitted_alike(by_index, clone(NET).fit(*plain))


def test_what_is_set_aside_tells_nothing_of_itself_in_training():
    X, y = windows(horizon=2)
    series = X.index.codes[0]
    _, valid = rows_apart(NET, X, y.to_numpy(), series)
    short = np.flatnonzero(series == 1)
    assert np.isin(valid, short).any() and not np.isin(valid, short).all()
    changed = y.copy()
    changed.iloc[valid] *= 50
    before, after = (clone(NET).fit(X, ahead) for ahead in (y, changed))
    assert before.loss_curve_[0] == after.loss_curve_[0]
    assert before.validation_scores_[0] != after.validation_scores_[0]


def test_rows_without_weight_leave_each_of_the_others_its_series():
    X, y = windows()
    weight = np.random.default_rng(1).integers(0, 2, size=len(y)).astype(float)
    kept = weight > 0
    given = clone(NET).fit(X, y, sample_weight=weight)
    assert fitted_alike(given, clone(NET).fit(X[kept], y[kept], weight[kept]))


@pytest.mark.parametrize("routing", [False, True])
def test_series_go_through_pipelines_and_searches(routing):
    X, y = windows()
    labels = X.index.get_level_values("series").to_numpy()
    X, y = X.to_numpy(), y.to_numpy()
    with config_context(enable_metadata_routing=routing):
        net = clone(NET)
        name = "series" if routing else "prunedlstmregressor__series"
        if routing:
            net.set_fit_request(series=True)
        pipeline = make_pipeline(StandardScaler(), net)
        search = GridSearchCV(pipeline, {"prunedlstmregressor__max_iter": [2]}, cv=2)
        search.fit(X, y, **{name: labels})
    alone = clone(NET).set_params(max_iter=2)
    alone.fit(StandardScaler().fit_transform(X), y, series=labels)
    assert fitted_alike(search.best_estimator_[-1], alone)


def test_a_search_for_the_sparsity_takes_series():
    X, y = windows()
    labels = X.index.get_level_values("series").to_numpy()
    how = {"sparsities": [0.0, 0.5], "cv": 2}
    by_index = SparsitySearchCV(NET, **how).fit(X, y)
    by_label = SparsitySearchCV(NET, **how).fit(
        X.to_numpy(), y.to_numpy(), series=labels
    )
    assert fitted_alike(by_index.best_estimator_, by_label.best_estimator_)
    for name in ("mean_test_score", "std_test_score"):
        np.testing.assert_array_equal(
            by_index.cv_results_[name], by_label.cv_results_[name]
        )
    with pytest.raises(TypeError, match="fit takes no series"):
        SparsitySearchCV(PrunedMLPRegressor(), **how, error_score="raise").fit(
            X, y, series=labels
        )


def test_a_teacher_is_asked_forward_in_time_within_each_series():
    X, y = windows(horizon=2)
    series = X.index.codes[0]
    folds = NET._layout.folds(NET, y.to_numpy(), 3, 0, series)
    assert len(folds) == 3
    for train, test in folds:
        for code in (0, 1):
            mine = [part[series[part] == code] for part in (train, test)]
            assert len(mine[1]) > 0 and mine[0].max() + 1 < mine[1].min()
    taught = clone(NET).set_params(teacher=Ridge(), teacher_weight=0.5).fit(X, y)
    assert taught.predict(X).shape == y.shape


def test_classifiers_take_series_too():
    X, y = windows()
    up = y > y.groupby("series").shift(fill_value=0.0)
    net = PrunedLSTMClassifier(
        (4,), dense_layer_sizes=(), n_timesteps=3, early_stopping=True, max_iter=2,
        prune_iter=2, random_state=0,
    )  # fmt: skip
    labels = X.index.get_level_values("series")
    by_label = clone(net).fit(X.to_numpy(), up.to_numpy(), series=labels)
    assert fitted_alike(clone(net).fit(X, up), by_label)


def test_series_of_another_length_are_refused():
    X, y = windows()
    with pytest.raises(ValueError, match=f"a label for each of {len(y)} rows"):
        clone(NET).fit(X, y, series=[0, 1])
