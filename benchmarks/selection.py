"""How well `PruningTransformer` chooses columns, beside what people use.

Tables: how often known inputs are found exactly; the accuracy of extra trees on the
columns kept, and processor seconds in one thread; the same, and logistic regression,
where words outnumber the rows; permutation importances on a tree's own left-out rows
and by scikit-learn's function; time and memory on large tables. LassoNet is run where
it is installed, but on no table of more than `LASSONET_COLUMNS` columns unless --full
is given.

    python benchmarks/selection.py [--quick | --full] [--part PART] [--selector NAME]
"""

import argparse
import importlib.util
import multiprocessing
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from _columns import KINDS, SIGNALS, known_inputs, parity, spectra, wide_words
from scipy import sparse
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skprune.transformer import METHODS, PruningTransformer


def trees(y):
    maker = ExtraTreesRegressor if y.dtype.kind == "f" else ExtraTreesClassifier
    return maker(100, max_features="sqrt", random_state=0)


def select_from_model(X, y, k):
    model = SelectFromModel(trees(y), max_features=k, threshold=-np.inf)
    return model.fit(X, y).get_support(indices=True)


def rfe(X, y, k):
    model = RFE(trees(y), n_features_to_select=k, step=0.1)
    return model.fit(X, y).get_support(indices=True)


def lassonet(X, y, k):
    import torch
    from lassonet import LassoNetClassifier, LassoNetRegressor

    torch.set_num_threads(1)
    maker = LassoNetRegressor if y.dtype.kind == "f" else LassoNetClassifier
    X = StandardScaler().fit_transform(X.toarray() if sparse.issparse(X) else X)
    y = (y - y.mean()) / y.std() if y.dtype.kind == "f" else y
    model = maker(verbose=0, random_state=0, torch_seed=0)
    model.path(X.astype("float32"), y.astype("float32") if y.dtype.kind == "f" else y)
    return np.argsort(-model.feature_importances_.numpy())[:k]


def ours(method):
    def choose(X, y, k):
        pruner = PruningTransformer(method, n_features_to_select=k, random_state=0)
        return pruner.fit(X, y).get_support(indices=True)

    return choose


SELECTORS = {
    **{method: ours(method) for method in METHODS},
    "SelectFromModel": select_from_model,
    "RFE": rfe,
    "LassoNet": lassonet,
}


# Beyond, LassoNet takes minutes on end.
LASSONET_COLUMNS = {"quick": 0, "usual": 1000, "full": np.inf}


def present(pace, n_columns):
    """Leave LassoNet out where it is not installed, or time is short."""
    wanted = dict(SELECTORS)
    missing = importlib.util.find_spec("lassonet") is None
    absent = missing or n_columns > LASSONET_COLUMNS[pace]
    if "LassoNet" in wanted and absent:
        print("(without LassoNet)")
        del wanted["LassoNet"]
    return wanted


def recovery(pace):
    """Print the share of seeds on which exactly the inputs are found."""
    print("\nExact recovery of the inputs, and the share of them found")
    print(f"{'':16}" + "".join(f"{name:>18}" for name in SIGNALS))
    for name, choose in present(pace, 40).items():
        seeds = range(1 if pace == "quick" or name == "LassoNet" else 3)
        row = []
        for signal in SIGNALS:
            found = []
            for seed in seeds:
                X, y, inputs = known_inputs(signal, seed)
                share = inputs & set(choose(X, y, len(inputs)).tolist())
                found.append(len(share) / len(inputs))
            row.append(f"{np.mean(np.equal(found, 1)):10.2f} / {np.mean(found):.2f}")
        print(f"{name:16}" + "".join(f"{cell:>18}" for cell in row), flush=True)


def accuracy(pace):
    """Print accuracies of extra trees on the columns kept, and seconds."""
    print("\nAccuracy of extra trees on the columns kept, processor seconds")
    splits = range(1 if pace == "quick" else 2)
    for kind, make in KINDS.items():
        n_columns = make(0)[0].shape[1]
        for name, choose in present(pace, n_columns).items():
            scores, seconds = [], []
            for seed in splits if name != "LassoNet" else [0]:
                X, y, k = make(seed)
                parts = train_test_split(
                    X, y, test_size=0.3, stratify=y, random_state=seed
                )
                columns, second = timed(choose, parts[0], parts[2], k)
                seconds.append(second)
                scores.append(judged(*parts, columns))
            cells = " ".join(f"{score:.3f}" for score in scores)
            print(
                f"{kind:8} {X.shape[1]:5} keep {k}  {name:16} {np.mean(scores):.3f}"
                f" ({cells}) {np.mean(seconds):7.1f} s",
                flush=True,
            )


def judged(X, X_test, y, y_test, columns):
    """Average over three forests."""
    scores = []
    for seed in range(3):
        model = ExtraTreesClassifier(200, random_state=seed)
        model.fit(X[:, columns], y)
        scores.append(model.score(X_test[:, columns], y_test))
    return np.mean(scores)


def timed(choose, X, y, k):
    """Return the columns chosen, and processor seconds."""
    start = time.process_time()
    columns = choose(X, y, k)
    return columns, time.process_time() - start


# Splits that nothing was tried on while the methods were made.
WIDE_SPLITS = range(20, 28)
# The others take minutes on so many columns.
WIDE_SELECTORS = ("l1", "forest", "network", "SelectFromModel", "RFE")


def linear_judged(X, X_test, y, y_test, columns):
    model = LogisticRegression(C=10, max_iter=500).fit(X[:, columns], y)
    return model.score(X_test[:, columns], y_test)


def wide(pace):
    """Print accuracies by two judges where words outnumber the rows."""
    print("\nMore words than rows: accuracy of extra trees, of logistic regression")
    splits = WIDE_SPLITS[:1] if pace == "quick" else WIDE_SPLITS
    for kind, make in wide_words().items():
        for name, choose in SELECTORS.items():
            if name in WIDE_SELECTORS:
                compare(kind, make, name, choose, splits)


def compare(kind, make, name, choose, splits):
    """Print the mean accuracy by each judge and by both, and seconds."""
    scores, seconds = [], []
    for seed in splits:
        X, y, k = make(seed)
        parts = train_test_split(X, y, test_size=0.3, stratify=y, random_state=seed)
        columns, second = timed(choose, parts[0], parts[2], k)
        seconds.append(second)
        scores.append([judge(*parts, columns) for judge in (judged, linear_judged)])
    trees, line = np.transpose(scores)
    print(
        f"{kind:10} keep {k}  {name:16} {trees.mean():.4f} {line.mean():.4f}"
        f"  mean {np.mean(scores):.4f} {np.mean(seconds):7.1f} s",
        flush=True,
    )


class HeldOutTrees(ExtraTreesClassifier):
    """Extra trees whose importances are scikit-learn's, on a quarter of the rows."""

    def fit(self, X, y, sample_weight=None):
        X, held, y, held_y = train_test_split(X, y, stratify=y, random_state=0)
        super().fit(X, y)
        found = permutation_importance(
            self, held, held_y, scoring="neg_brier_score", n_repeats=1, random_state=0
        )
        self.shuffled_ = found.importances_mean
        return self

    @property
    def feature_importances_(self):
        return np.maximum(self.shuffled_, 0)


def held_out(X, y, k):
    model = HeldOutTrees(100, max_features="sqrt")
    pruner = PruningTransformer(estimator=model, n_features_to_select=k, random_state=0)
    return pruner.fit(X, y).get_support(indices=True)


def permutation(pace):
    """Print both ways to permutation importances, eliminating alike."""
    print("\nPermutation: accuracy of extra trees and of logistic regression")
    splits = range(10, 11 if pace == "quick" else 13)
    ways = {"permutation": ours("permutation"), "scikit-learn's": held_out}
    for kind, make in {"parity": parity, "spectra": spectra}.items():
        for name, choose in ways.items():
            compare(kind, make, name, choose, splits)


def dense_rows(n=100_000, p=2000):
    rng = np.random.default_rng(0)
    X = np.empty((n, p))
    for start in range(0, n, 5000):
        X[start : start + 5000] = rng.normal(size=(min(5000, n - start), p))
    return X, (X[:, :20].sum(axis=1) + 3 * X[:, 20] * X[:, 21] > 0).astype(int)


def word_counts(n=20_000, p=50_000):
    rng = np.random.default_rng(0)
    word = np.minimum((20 * rng.pareto(0.7, size=n * 80)).astype(int), p - 1)
    row = np.repeat(np.arange(n), 80)
    X = sparse.csr_matrix((np.ones(n * 80), (row, word)), shape=(n, p))
    signal = np.asarray(X[:, 100:400].sum(axis=1) - X[:, 500:1200].sum(axis=1))
    return X, (signal.ravel() + rng.normal(size=n) > 0).astype(int)


LARGE = {
    "100,000 x 2,000": dense_rows,
    "20,000 x 50,000 sparse": word_counts,
}


def scale(pace):
    """Print seconds and peak memory on large tables, half of the columns kept."""
    print("\nLarge tables, half of the columns dropped, processor seconds, peak memory")
    for name, make in LARGE.items():
        for method in ("l1", "forest"):
            if pace == "quick" and name.startswith("100"):
                continue
            # A process of its own: peak memory is a process's.
            context = multiprocessing.get_context("spawn")
            with context.Pool(1) as pool:
                seconds, before, peak = pool.apply(measured, (make, method))
            print(
                f"{name:24} {method:8} {seconds:6.1f} s  {peak:6.0f} MiB"
                f" (of which {before:.0f} the table and imports)",
                flush=True,
            )


def measured(make, method):
    import resource

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    X, y = make()
    before, start = peak(), time.process_time()
    PruningTransformer(method, random_state=0).fit(X, y)
    return time.process_time() - start, before, peak()


PARTS = {
    "recovery": recovery,
    "accuracy": accuracy,
    "wide": wide,
    "permutation": permutation,
    "scale": scale,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer seeds, no LassoNet")
    parser.add_argument("--full", action="store_true", help="LassoNet everywhere")
    parser.add_argument("--part", choices=PARTS, help="one table alone")
    parser.add_argument("--selector", choices=SELECTORS, help="one selector alone")
    arguments = parser.parse_args()
    if arguments.selector:
        SELECTORS = {arguments.selector: SELECTORS[arguments.selector]}
    pace = "quick" if arguments.quick else "full" if arguments.full else "usual"
    for part, run in PARTS.items():
        if arguments.part in (None, part):
            run(pace)
