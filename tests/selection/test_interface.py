"""How it fits in: names, pipelines, searches, and what bad input is told."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline

from skprune.inspection import FeatureImportanceDisplay
from skprune.transformer import PruningTransformer


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    town = pd.get_dummies(pd.Series(rng.choice(list("abc"), 90)), prefix="town")
    frame = pd.DataFrame(rng.normal(size=(90, 4)), columns=["age", "pay", "x", "z"])
    frame = frame.join(town.astype(float))
    return frame, (frame["pay"] + 2 * frame["town_a"] > 1).astype(int)


def test_names_go_through(table):
    X, y = table
    pruner = PruningTransformer(n_features_to_select=2).set_output(transform="pandas")
    out = pruner.fit_transform(X, y)
    assert list(out.columns) == ["pay", "town_a"]
    assert list(pruner.get_feature_names_out()) == ["pay", "town_a"]
    back = pruner.inverse_transform(out)
    assert back.shape == X.shape
    np.testing.assert_array_equal(back[:, 1], X["pay"])


def test_prefixes_group_dummies(table):
    X, y = table
    pruner = PruningTransformer(n_features_to_select=4, groups=["town_"])
    pruner.set_params(always_keep=["age"]).fit(X, y)
    names = list(pruner.get_feature_names_out())
    assert names == ["age", "town_a", "town_b", "town_c"]


@pytest.mark.parametrize("kept", [["x"], [2], [-5], np.arange(7) == 2])
def test_columns_are_kept_by_name_index_or_mask(table, kept):
    X, y = table
    pruner = PruningTransformer(n_features_to_select=1, always_keep=kept)
    assert list(pruner.fit(X, y).get_feature_names_out()) == ["x"]


def test_search_over_method_and_sparsity_in_nested_pipelines(table):
    X, y = table
    union = FeatureUnion([("one", PruningTransformer()), ("two", "passthrough")])
    columns = ColumnTransformer([("few", PruningTransformer(), list(X.columns[:4]))])
    columns.fit(X, y)
    assert columns.transform(X).shape == (90, 2)
    pipeline = make_pipeline(
        union, PruningTransformer(random_state=0), LogisticRegression()
    )
    grid = {
        "pruningtransformer__method": ["l1", "forest"],
        "pruningtransformer__sparsity": [0.2, 0.6],
    }
    search = GridSearchCV(pipeline, grid, cv=2).fit(X, y)
    assert search.best_score_ > 0.7


def test_sample_weight_is_routed(table):
    X, y = table
    with sklearn.config_context(enable_metadata_routing=True):
        pruner = PruningTransformer(n_features_to_select=1)
        pipeline = make_pipeline(
            pruner.set_fit_request(sample_weight=True), KNeighborsClassifier()
        )
        weight = (X["pay"].abs() < 0.3).astype(float)
        pipeline.fit(X, y, sample_weight=weight)
    weighted = pipeline[0].get_feature_names_out()
    assert list(weighted) == ["town_a"]


BAD = {
    "both say": {"n_features_to_select": 2, "threshold": "mean"},
    "sparsity and n_features_to_select": {"sparsity": 0.8, "n_features_to_select": 2},
    "more than there are": {"n_features_to_select": 8},
    "which is more than the 1": {"n_features_to_select": 1, "always_keep": [0, 1]},
    "names 'wage'": {"always_keep": ["wage"]},
    "always_keep holds 7": {"always_keep": [7]},
    "a mask of 2": {"always_keep": [True, False]},
    "Unknown groups": {"groups": ["city_"]},
    "groups has 3 labels": {"groups": [1, 1, 2]},
    "the smallest group has": {"n_features_to_select": 1, "groups": [1] * 7},
    "All columns would be dropped": {"threshold": 1e9},
    "neither a number nor": {"threshold": "mode"},
    "must be a float in the range": {"sparsity": 1.0},
}


@pytest.mark.parametrize("message", BAD)
def test_bad_settings_are_explained(table, message):
    with pytest.raises(ValueError, match=message):
        PruningTransformer(**BAD[message]).fit(*table)


def test_no_names_to_look_up(table):
    X, y = table
    with pytest.raises(ValueError, match="no column names"):
        PruningTransformer(always_keep=["pay"]).fit(X.to_numpy(), y)


def test_constant_columns_are_not_chosen_in_silence(table):
    X, y = table
    with pytest.raises(ValueError, match="No column of X varies"):
        PruningTransformer().fit(X * 0, y)
    with pytest.raises(ValueError, match="only 1 of 7 features vary"):
        PruningTransformer(n_features_to_select=2).fit(X * (X.columns == "pay"), y)


def test_one_class_and_no_importances(table):
    X, y = table
    with pytest.raises(ValueError, match="one class"):
        PruningTransformer().fit(X, y * 0)
    with pytest.raises(ValueError, match="neither coef_ nor"):
        PruningTransformer(estimator=KNeighborsClassifier()).fit(X, y)


def test_display_shows_kept_and_dropped():
    X, y = load_wine(return_X_y=True, as_frame=True)
    pruner = PruningTransformer(n_features_to_select=3).fit(X, y)
    display = FeatureImportanceDisplay.from_estimator(pruner, max_features=5)
    assert len(display.bars_) == 5
    labels = [tick.get_text() for tick in display.ax_.get_yticklabels()]
    assert set(labels[:3]) == set(pruner.get_feature_names_out())
    colors = [bar.get_facecolor() for bar in display.bars_]
    assert len(set(colors[:3])) == 1 and colors[3] not in colors[:3]
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts == ["kept (3)", "dropped (10)"]
    again = FeatureImportanceDisplay.from_estimator(pruner, ax=display.ax_)
    assert again.figure_ is display.figure_
