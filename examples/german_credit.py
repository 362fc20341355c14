"""German credit, from the raw table to a small network: a grid over `sparsity`.

Prints the grid, then the dense network beside the pruned one on rows that
neither has seen, and draws docs/german_credit.png. A minute or so on two cores.
"""

import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.metrics import f1_score, make_scorer, recall_score, roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    RepeatedStratifiedKFold,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skprune import PrunedMLPClassifier
from skprune.datasets import load_german_credit
from skprune.metrics import ks_score

SPARSITIES = [0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99]
FOLDS = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
PICTURE = Path(__file__).parents[1] / "docs" / "german_credit.png"


def make_model(memory):
    """Impute, encode, scale, and a network behind it."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categories = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(drop="if_binary", handle_unknown="ignore", sparse_output=False),
    )
    columns = ColumnTransformer(
        [
            ("numbers", numbers, make_column_selector(dtype_include="number")),
            ("categories", categories, make_column_selector(dtype_include="category")),
        ]
    )
    network = PrunedMLPClassifier(
        early_stopping=True,
        validation_fraction=0.2,
        class_weight="balanced",
        memory=memory,
        random_state=0,
    )
    return make_pipeline(columns, network)


def nonzeros(model, X, y=None):
    return model[-1].n_nonzero_


def size(model, X, y=None):
    return model[-1].pruning_report_.pruned.bytes


def speed(model, X, y=None):
    """Rows that the network scores in a second: the best of twenty goes."""
    rows = np.resize(model[:-1].transform(X), (10_000, model[-1].n_features_in_))
    seconds = []
    for _ in range(20):
        start = perf_counter()
        model[-1].predict_proba(rows)
        seconds.append(perf_counter() - start)
    return len(rows) / min(seconds)


# Recall and F1 are those of the minority, the credits that went bad.
SCORES = {
    "auc": "roc_auc",
    "ks": make_scorer(ks_score, response_method="predict_proba"),
    "recall": "recall",
    "f1": "f1",
    "non-zeros": nonzeros,
    "bytes": size,
    "rows/s": speed,
}


def standard_error(results):
    """Return that of the mean AUC over the folds."""
    return results["std_test_auc"] / np.sqrt(FOLDS.get_n_splits() - 1)


def grid_table(results):
    table = pd.DataFrame({"sparsity": SPARSITIES})
    for name in SCORES:
        table[name] = results[f"mean_test_{name}"]
    table.insert(2, "se", standard_error(results))
    return table.set_index("sparsity")


def test_scores(model, X, y):
    proba, label = model.predict_proba(X)[:, 1], model.predict(X)
    return {
        "auc": roc_auc_score(y, proba),
        "ks": ks_score(y, proba),
        "recall": recall_score(y, label),
        "f1": f1_score(y, label),
        "non-zeros": nonzeros(model, X),
        "bytes": size(model, X),
        "rows/s": speed(model, X),
    }


def show(table):
    whole = dict.fromkeys(["non-zeros", "bytes", "rows/s"], "{:,.0f}".format)
    others = dict.fromkeys(table.columns, "{:.3f}".format)
    print(table.to_string(formatters=others | whole), end="\n\n")


def draw(table, chosen):
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    at = np.arange(len(table))
    axes.errorbar(at, table["auc"], yerr=table["se"], marker="o", capsize=3)
    found = at[chosen], table["auc"].iloc[chosen]
    axes.plot(*found, "o", color="C3", zorder=3, label="chosen by the search")
    axes.legend(frameon=False, loc="lower left")
    axes.set_xticks(at, [f"{s:g}\n{n:,.0f}" for s, n in table["non-zeros"].items()])
    axes.set(
        xlabel="sparsity (below: weights left)",
        ylabel="AUC, mean and standard error",
        title="German credit",
    )
    figure.savefig(PICTURE, dpi=120)


def main():
    X, y = load_german_credit(return_X_y=True, as_frame=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.25, stratify=y, random_state=0
    )
    with tempfile.TemporaryDirectory() as memory:
        search = GridSearchCV(
            make_model(memory),
            {"prunedmlpclassifier__sparsity": SPARSITIES},
            scoring=SCORES,
            refit="auc",
            cv=FOLDS,
            n_jobs=2,
        )
        search.fit(X_train, y_train)
        dense = make_model(memory).set_params(prunedmlpclassifier__sparsity=0.0)
        dense.fit(X_train, y_train)
    table = grid_table(search.cv_results_)
    print(f"{len(X_train)} rows, {FOLDS.get_n_splits()} folds")
    show(table)
    models = {"dense": dense, "pruned": search.best_estimator_}
    scores = {k: test_scores(model, X_test, y_test) for k, model in models.items()}
    print(f"{len(X_test)} rows held out; sparsity {table.index[search.best_index_]:g}")
    show(pd.DataFrame(scores).T)
    draw(table, search.best_index_)
    print(f"Picture: {PICTURE}")


if __name__ == "__main__":
    main()
