"""The champions and the challenger: AUC, size and speed beside boosted trees.

Trees, linear models and networks from raw columns, all with their defaults; a network
has 64 and 32 units, stops early and is pruned to 5 % of its weights. CatBoost, LightGBM
and RealMLP (of pytabkit) take part where they are installed. Bytes are those of the
pickle that scores raw rows, its preparation included. The taught networks of a fold
share a cache: the first pays for the five fits of the teacher. Prints a table a set and
the means; writes ``docs/trees.csv`` and ``docs/trees.png``.

    python benchmarks/trees.py                       # an hour
    python benchmarks/trees.py --data german --models logistic "pruned network"
    python benchmarks/trees.py --data polish --models CatBoost --sizes 0.95 0.9 0.5
    python benchmarks/trees.py --models "pruned, taught" --beside docs/trees.csv
"""

import argparse
import logging
import pickle
import time
import warnings
from functools import partial
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pandas as pd
import torch
from _credit import preprocessing
from _raw import available, raw_folds
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skprune import PrunedMLPClassifier
from skprune.preprocessing import make_tabular_preprocessor
from skprune.preprocessing.table import as_levels

DOCS = Path(__file__).parents[1] / "docs"
N_SPLITS = 5
MEASURES = ("auc", "bytes", "us_a_row", "s_a_fit")

# Of Okabe and Ito, who chose colours that all can tell apart.
DRAWN = {
    "logistic": "#999999",
    "histogram boosting": "#56B4E9",
    "CatBoost": "#0072B2",
    "RealMLP": "#009E73",
    "pruned network": "#E69F00",
    "pruned, taught": "#D55E00",
}
MARKERS = "osD^vP"


def with_categories(model, fill=False):
    """Put a model that reads typed categories behind what types them."""
    steps = [FunctionTransformer(as_categories)]
    if fill:
        medians = SimpleImputer(strategy="median", add_indicator=True)
        columns = make_column_transformer(
            (medians, make_column_selector(dtype_include="number")),
            remainder="passthrough",
            verbose_feature_names_out=False,
        )
        steps.append(columns.set_output(transform="pandas"))
    return make_pipeline(*steps, model)


def categories_of(X):
    return list(X.select_dtypes(exclude="number"))


def as_categories(X):
    codes = categories_of(X)
    return X.assign(**as_levels(X[codes]).astype("category")) if codes else X


def logistic(X, seed):
    return make_pipeline(
        preprocessing(len(X), flagged=True), LogisticRegression(max_iter=2000)
    )


def boosting(X, seed):
    model = HistGradientBoostingClassifier(
        categorical_features="from_dtype", random_state=seed
    )
    return with_categories(model)


def catboost(X, seed, codes=None):
    from catboost import CatBoostClassifier

    return CatBoostClassifier(
        cat_features=codes,
        thread_count=1,
        random_seed=seed,
        verbose=False,
        allow_writing_files=False,
    )


def lightgbm(X, seed):
    from lightgbm import LGBMClassifier

    return with_categories(LGBMClassifier(n_jobs=1, random_state=seed, verbosity=-1))


def realmlp(X, seed):
    from pytabkit import RealMLP_TD_Classifier

    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    model = RealMLP_TD_Classifier(device="cpu", n_threads=1, random_state=seed)
    return with_categories(model, fill=True)


def teacher(X, seed):
    """Return CatBoost on all prepared columns but pieces: trees bend by themselves."""
    names = make_tabular_preprocessor().fit(X).get_feature_names_out()
    straight = [i for i, name in enumerate(names) if "_piece" not in name]
    return make_pipeline(
        make_column_transformer(("passthrough", straight)), catboost(X, seed)
    )


def network(X, seed, sparsity=0.95, taught=False):
    teaching = {"teacher": teacher(X, seed)} if taught else {}
    model = PrunedMLPClassifier(
        (64, 32), sparsity=sparsity, early_stopping=True, random_state=seed, **teaching
    )
    return make_pipeline(make_tabular_preprocessor(), model)


MODELS = {
    "logistic": logistic,
    "histogram boosting": boosting,
    "CatBoost": lambda X, seed: with_categories(catboost(X, seed, categories_of(X))),
    "LightGBM": lightgbm,
    "RealMLP": realmlp,
    "dense network": partial(network, sparsity=0),
    "pruned network": network,
    "pruned, taught": partial(network, taught=True),
    "dense, taught": partial(network, sparsity=0, taught=True),
}


def sized(sparsity):
    """Return the name of a network that is taught and pruned so far, and its maker."""
    make = partial(network, sparsity=sparsity, taught=True)
    return f"taught, {sparsity:.0%} gone", make


PACKAGES = {"CatBoost": "catboost", "LightGBM": "lightgbm", "RealMLP": "pytabkit"}


def installed():
    """Return the models that this environment can fit."""
    there = {name: find_spec(package) for name, package in PACKAGES.items()}
    can_learn = "teacher" in PrunedMLPClassifier().get_params()
    taught = can_learn and there["CatBoost"] is not None
    return [
        name
        for name in MODELS
        if there.get(name, True) and (taught or "taught" not in name)
    ]


def measure(model, fold):
    """Return a model's AUC, bytes, microseconds a row and seconds a fit."""
    X, y, X_test, y_test = fold
    start = time.process_time()
    model.fit(X, y)
    fitted = time.process_time() - start
    auc = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])
    scored = []
    for _ in range(5):
        start = time.process_time()
        model.predict_proba(X_test)
        scored.append(time.process_time() - start)
    microseconds = 1e6 * median(scored) / len(X_test)
    return auc, len(pickle.dumps(model)), microseconds, fitted


def evaluate(data, args):
    """Return the measures on a set, those of other models as they were beside it."""
    rows = []
    for seed, fold in enumerate(islice(raw_folds(data, N_SPLITS), args.folds)):
        with TemporaryDirectory() as memory:
            for name, make in args.models.items():
                model = make(fold[0], seed)
                if "taught" in name:
                    model[-1].set_params(memory=memory)
                rows.append((data, name, seed, *measure(model, fold)))
    found = pd.DataFrame(rows, columns=["data", "model", "fold", *MEASURES])
    if args.beside is None:
        return found
    before = pd.read_csv(args.beside)
    others = before[(before.data == data) & ~before.model.isin(args.models)]
    both = pd.concat([others, found])
    return both.sort_values(
        "model", key=lambda names: names.map(list(MODELS).index), kind="stable"
    )


def show(table, title):
    means = table.groupby("model", sort=False)[list(MEASURES)].mean()
    means = means.round({"auc": 4, "bytes": 0, "us_a_row": 1, "s_a_fit": 2})
    print(f"\n{title}\n{means.to_string()}", flush=True)


def draw(table, path):
    """Draw by set how far the models are ahead of logistic regression."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    aucs = table.pivot_table(index="data", columns="model", values="auc", sort=False)
    aucs.loc["mean"] = aucs.mean()
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    shown = [name for name in DRAWN if name in aucs]
    for k, name in enumerate(shown):
        lead = aucs[name] - aucs[shown[0]]
        height = [i + 0.1 * (k - (len(shown) - 1) / 2) for i in range(len(aucs))]
        axes.plot(lead, height, MARKERS[k], color=DRAWN[name], label=name)
    axes.set_yticks(range(len(aucs)), aucs.index)
    axes.invert_yaxis()
    axes.set_xlabel(f"AUC ahead of {shown[0]}")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=available())
    parser.add_argument("--models", nargs="+", choices=MODELS, default=installed())
    parser.add_argument(
        "--sizes", nargs="+", type=float, default=[], help="sparsities of taught ones"
    )
    parser.add_argument("--folds", type=int, default=N_SPLITS)
    parser.add_argument("--out", type=Path, default=DOCS)
    parser.add_argument("--beside", type=Path, help="a table of other models")
    args = parser.parse_args()
    models = {name: MODELS[name] for name in args.models}
    args.models = {**models, **dict(map(sized, args.sizes))}
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    tables = []
    for data in args.data:
        tables.append(evaluate(data, args))
        show(tables[-1], data)
    table = pd.concat(tables)
    show(
        table, f"mean over {len(args.data)} sets, {args.folds} of {N_SPLITS} folds each"
    )
    table.to_csv(args.out / "trees.csv", index=False)
    draw(table, args.out / "trees.png")


if __name__ == "__main__":
    main()
