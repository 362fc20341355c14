"""German credit, from the raw table to four reasons in points for one applicant.

A small network whose risk only rises with the duration and the amount of a credit:
scored, explained, drawn as docs/credit_network.png, and written as SQL that scores the
same table in a database. Half a minute.
"""

import sqlite3
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skprune import PrunedMLPClassifier
from skprune.datasets import load_german_credit
from skprune.export import to_numpy, to_sql
from skprune.inspection import NetworkDisplay, export_text, reason_codes
from skprune.preprocessing import column_groups, make_tabular_preprocessor
from skprune.scorecard import PointsScale

RISING = {"duration_in_month": 1, "credit_amount": 1}
NOT_TO_BE_USED = ["personal_status_and_sex", "age_in_years", "foreign_worker"]
SCALE = PointsScale(pdo=20, points=600, odds=50)
PICTURE = Path(__file__).parents[1] / "docs" / "credit_network.png"


def load():
    X, y = load_german_credit(return_X_y=True, as_frame=True)
    X = X.drop(columns=NOT_TO_BE_USED)
    return train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)


def fit(X, y, **changes):
    """Prepare the raw table, and keep sixty weights behind it."""
    preparation = make_tabular_preprocessor().set_output(transform="pandas").fit(X)
    network = PrunedMLPClassifier(
        (16,),
        n_keep=60,
        early_stopping=True,
        groups=column_groups(preparation),
        monotonic_cst=RISING,
        random_state=0,
    )
    return make_pipeline(preparation, network.set_params(**changes)).fit(X, y)


def auc(model, X, y):
    return roc_auc_score(y, model.predict_proba(X)[:, 1])


def scored_in_sqlite(model, X):
    """Return the probabilities that the SELECT gives in a database."""
    query = to_sql(model, "applicants", key="id", dialect="sqlite")
    with sqlite3.connect(":memory:") as database:
        table = X.astype({name: str for name in X.select_dtypes("category")})
        table.to_sql("applicants", database, index_label="id")
        found = pd.read_sql(query, database, index_col="id")
    return query, found.loc[X.index, "probability_1"].to_numpy()


def scored_by_numpy(model, X):
    """Return the probabilities and the reasons that the scoring file gives."""
    with tempfile.TemporaryDirectory() as folder:
        path = to_numpy(model, Path(folder) / "score.py", reasons=True)
        written = {"__file__": str(path), "__name__": "score"}
        exec(compile(path.read_text(), path, "exec"), written)
        return written["predict_proba"](X)[:, 1], written["reasons"](X)


def draw(model):
    figure = Figure(figsize=(9, 6), layout="constrained")
    NetworkDisplay.from_estimator(model).plot(ax=figure.subplots())
    figure.savefig(PICTURE, dpi=120)


def main():
    X_train, X_test, y_train, y_test = load()
    model = fit(X_train, y_train)
    free = fit(X_train, y_train, monotonic_cst=None)
    dense = fit(X_train, y_train, monotonic_cst=None, n_keep=None, sparsity=0.0)
    for name, one in {"dense": dense, "pruned": free, "monotone": model}.items():
        n = one[-1].n_nonzero_
        print(f"{name:9} {n:6,} non-zeros, AUC {auc(one, X_test, y_test):.3f}")

    network = model[-1]
    for name, known in zip(
        network.feature_names_in_, network.monotonicity_, strict=True
    ):
        if name.startswith(tuple(RISING)) and "not read" not in known:
            print(f"{name}: {known}")

    codes = reason_codes(model, X_test, points=SCALE)
    worst = int(np.argmin(codes.scores))
    points, usual = codes.scores[worst], codes.base_value[worst]
    print(f"\napplicant {X_test.index[worst]}: {points:.0f} points,", end=" ")
    print(f"the mean of the training rows has {usual:.0f}")
    pairs = zip(codes.reasons[worst], codes.strengths[worst], strict=True)
    for reason, points in pairs:
        print(f"  {points:+6.1f}  {reason} = {X_test.iloc[worst][reason]}")

    print(f"\n{export_text(model, decimals=2)}")
    draw(model)
    print(f"Picture: {PICTURE}")

    proba = model.predict_proba(X_test)[:, 1]
    query, in_sqlite = scored_in_sqlite(model, X_test)
    by_numpy, (names, _) = scored_by_numpy(model, X_test)
    print(f"SQL of {len(query.splitlines())} lines:", end=" ")
    print(f"off by {abs(in_sqlite - proba).max():.0e} in SQLite")
    print(f"scoring file: off by {abs(by_numpy - proba).max():.0e},", end=" ")
    print(f"same first reason in {(names[:, 0] == codes.reasons[:, 0]).mean():.0%}")


if __name__ == "__main__":
    main()
