"""Do numbers that bend pay? AUC by how numbers are encoded, through the network.

Missing numbers are flagged, and filled by the median; categories are one-hot. The
folds are drawn anew for each repetition. Prints AUC by set, and how far each encoding
is ahead of normal scores.

    python benchmarks/number_encodings.py                      # a quarter of an hour
    python benchmarks/number_encodings.py --data insurance --repeats 3
"""

import argparse
import warnings

import pandas as pd
import torch
from _raw import available, raw_folds
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    KBinsDiscretizer,
    OneHotEncoder,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
)

from skprune import PrunedMLPClassifier
from skprune.preprocessing import PiecewiseLinearEncoder, make_tabular_preprocessor


def filled_and_flagged(*steps):
    """Encode numbers by scikit-learn's means, which want no gaps."""
    filled = make_pipeline(SimpleImputer(strategy="median"), *steps)
    return make_union(filled, MissingIndicator(error_on_new=False))


def normal_scores():
    ranks = QuantileTransformer(
        n_quantiles=200, output_distribution="normal", random_state=0
    )
    return filled_and_flagged(ranks, StandardScaler())


def bins():
    return filled_and_flagged(
        KBinsDiscretizer(
            16, encode="onehot-dense", quantile_method="averaged_inverted_cdf"
        )
    )


NUMBERS = {
    "normal scores": normal_scores,
    "splines": lambda: filled_and_flagged(SplineTransformer(17, 1, knots="quantile")),
    "bins": bins,
    "8 pieces": lambda: PiecewiseLinearEncoder(8),
    "16 pieces": lambda: PiecewiseLinearEncoder(16),
    "scores, 8 pieces": lambda: PiecewiseLinearEncoder(8, add_score=True),
    "scores, 4 low pieces": lambda: PiecewiseLinearEncoder(
        4, height=0.5, add_score=True
    ),
    "scores, 8 low pieces": lambda: PiecewiseLinearEncoder(
        8, height=0.5, add_score=True
    ),
    "scores, 16 low pieces": lambda: PiecewiseLinearEncoder(
        16, height=0.5, add_score=True
    ),
}


def around(numbers):
    """Return the preparation of a table whose numbers are encoded so."""
    codes = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (codes, make_column_selector(dtype_exclude="number")),
    )


RECOMMENDED = {
    "recommended": {},
    "recommended, 4 pieces": {"n_pieces": 4, "max_pieces": None},
    "recommended, always pieces": {"max_pieces": None},
    "recommended, every level": {"min_frequency": None},
    "recommended, levels of 2 %": {"min_frequency": 0.02},
}


def preparations(names):
    encodings = {
        name: lambda make=make: around(make()) for name, make in NUMBERS.items()
    }
    encodings |= {
        name: lambda settings=settings: make_tabular_preprocessor(**settings)
        for name, settings in RECOMMENDED.items()
    }
    return {name: encodings[name] for name in names}


def some(X, y, n_rows):
    """Return so many of the rows, with as large a share of positives."""
    if n_rows is None or n_rows >= len(X):
        return X, y
    X, _, y, _ = train_test_split(X, y, train_size=n_rows, stratify=y, random_state=0)
    return X, y


def evaluate(data, args):
    """Return rows of (set, encoding, sparsity, repetition, fold, columns, AUC)."""
    rows = []
    for seed in range(args.repeats):
        for k, (X, y, X_test, y_test) in enumerate(raw_folds(data, args.folds, seed)):
            X, y = some(X, y, args.rows)
            for name, make in preparations(args.encodings).items():
                prepare = make().fit(X, y)
                train, test = (
                    prepare.transform(Z).astype("float32") for Z in (X, X_test)
                )
                for sparsity in args.sparsities:
                    network = PrunedMLPClassifier(
                        (64, 32),
                        sparsity=sparsity,
                        early_stopping=True,
                        random_state=args.folds * seed + k,
                    ).fit(train, y)
                    auc = roc_auc_score(y_test, network.predict_proba(test)[:, 1])
                    rows.append((data, name, sparsity, seed, k, train.shape[1], auc))
    return rows


def summary(table):
    """Return mean AUC by encoding and set."""
    return table.pivot_table(
        index=["sparsity", "encoding"], columns="data", values="auc", sort=False
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=available())
    parser.add_argument("--encodings", nargs="+", default=[*NUMBERS, *RECOMMENDED])
    parser.add_argument("--sparsities", nargs="+", type=float, default=[0.95])
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--rows", type=int, help="that are learnt from, at most")
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    columns = ["data", "encoding", "sparsity", "repeat", "fold", "columns", "auc"]
    tables = []
    for data in args.data:
        tables.append(pd.DataFrame(evaluate(data, args), columns=columns))
        print(f"\n{summary(tables[-1]).round(4).to_string()}", flush=True)
    means = summary(pd.concat(tables))
    means["mean"] = means.mean(axis=1)
    print(f"\n{args.repeats} x {args.folds} folds\n{means.round(4).to_string()}")
    for sparsity in args.sparsities:
        at = means.loc[sparsity]
        ahead = at.drop(columns="mean") - at.drop(columns="mean").iloc[0]
        ahead = ahead.agg(["mean", "min"], axis=1).iloc[1:]
        print(f"\nahead of {at.index[0]}, at {sparsity}\n{ahead.round(4).to_string()}")


if __name__ == "__main__":
    main()
