"""How long a report takes beside the fits, and how large its page is.

    python benchmarks/evidence.py [--rows 20000]

A pruned (64, 32) network on the Taiwan set, its dense network and a logistic regression
as challenger, all in Pipelines; segments by education, ten periods, 200 draws.
"""

import argparse
import warnings
from time import perf_counter

import numpy as np
import pandas as pd
from _credit import SHARED
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skprune import PrunedMLPClassifier
from skprune.exceptions import PruningWarning
from skprune.inspection import pruning_report
from skprune.preprocessing import make_tabular_preprocessor


def fitted(model, X, y):
    return make_pipeline(make_tabular_preprocessor(), model).fit(X, y)


def main():
    """Print seconds and bytes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    n_rows = parser.parse_args().rows
    warnings.simplefilter("ignore", PruningWarning)
    X = pd.read_csv(SHARED / "taiwan_default.csv.gz")
    y = X.pop("default").to_numpy()
    train, test = slice(10_000), slice(10_000, 10_000 + n_rows)
    same = {"early_stopping": True, "random_state": 0}
    pruned, dense = (
        fitted(PrunedMLPClassifier((64, 32), sparsity=s, **same), X[train], y[train])
        for s in (0.9, 0.0)
    )
    challenger = fitted(LogisticRegression(max_iter=500), X[train], y[train])
    begin = perf_counter()
    evidence = pruning_report(
        pruned,
        X[test],
        y[test],
        dense=dense,
        challenger=challenger,
        reference=X[train],
        segments="EDUCATION",
        periods=np.arange(len(y[test])) * 10 // len(y[test]),
        random_state=0,
    )
    print(f"{evidence.n_rows:,} rows: {perf_counter() - begin:.1f} s")
    print(f"page {len(evidence.to_html()) / 1000:.0f} kB")
    print(f"JSON {len(evidence.to_json()) / 1000:.0f} kB")
    print(evidence)


if __name__ == "__main__":
    main()
