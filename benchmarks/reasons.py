"""What reasons hold to, what they cost, and SHAP's KernelExplainer beside them.

    python benchmarks/reasons.py

On each development set a (64, 32) network keeps 5 % of its weights, behind the usual
preparation of raw columns: do contributions sum to the score, and are they the
integral along the path, by the midpoint rule? Then 10,000 rows of 30 columns through
300 weights, on one thread. Then Shapley values by enumeration beside KernelExplainer,
where shap is installed, on a network of German credit that reads ten columns; all are
against one baseline row.
"""

import time
import warnings

import numpy as np
from _credit import german, preprocessing
from _sets import SETS, available
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from skprune import PrunedMLPClassifier
from skprune.exceptions import PruningWarning
from skprune.inspection import reason_codes

N_ROWS, N_POINTS = 2000, 20_000
SETTINGS = {"early_stopping": True, "random_state": 0}


def forward(network, x):
    """Score rows in float64, from the public weights alone; and the gradient."""
    states = []
    for weight, bias in zip(network.coefs_, network.intercepts_, strict=True):
        z = x @ weight.astype(float) + bias
        states.append(z > 0)
        x = np.maximum(z, 0)
    gradient = network.coefs_[-1].T.astype(float)
    for weight, active in zip(network.coefs_[-2::-1], states[-2::-1], strict=True):
        gradient = (gradient * active) @ weight.T
    return z[:, 0], gradient


def by_midpoints(network, row, start):
    """Return the contributions of the columns read by the midpoint rule."""
    t = (np.arange(N_POINTS) + 0.5)[:, None] / N_POINTS
    return (row - start) * forward(network, start + t * (row - start))[1].mean(0)


def held(name):
    """Return the figures of a set."""
    X, y = SETS[name]()
    X, y = X.rename(columns=str), np.asarray(y)
    chosen = np.random.default_rng(0).permutation(len(X))[:N_ROWS]
    X, y = X.iloc[chosen], y[chosen]
    network = PrunedMLPClassifier((64, 32), sparsity=0.95, **SETTINGS)
    model = make_pipeline(preprocessing(len(X)), network).fit(X, y)
    begin = time.perf_counter()
    codes = reason_codes(model, X)
    seconds = time.perf_counter() - begin
    seen = np.asarray(model[0].transform(X), np.float32)
    read = network.masks_["layers.0.weight"].any(0)
    read &= np.isin(np.arange(len(read)), network._predictor.columns_read)
    start = seen.mean(0, dtype=float).astype(np.float32)[read].astype(float)
    rows = seen[:, read].astype(float)
    rise = forward(network, rows)[0] - forward(network, start[None])[0]
    sums = np.abs(codes.contributions.sum(1) - rise).max()
    columns = reason_codes(network, seen[:3]).contributions
    brute = np.array([by_midpoints(network, row, start) for row in rows[:3]])
    unread = np.abs(columns[:, ~read]).max(initial=0)
    off = np.abs(columns[:, read] - brute).max()
    return network.n_nonzero_, read.sum(), len(read), sums, off, unread, seconds


def timed(work):
    """Return what some work gives, and its median seconds of five."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        found = work()
        times.append(time.perf_counter() - begin)
    return found, float(np.median(times))


def speed():
    """Print what 10,000 rows take."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10_000, 30))
    y = (np.maximum(X[:, 0] + X[:, 1], 0) + X[:, 2:20].sum(1) / 4 > 1).astype(int)
    print("\n10,000 rows of 30 columns:\n")
    print("hidden units  weights  seconds")
    for sizes, n_keep in [((100,), 300), ((64, 32), 300), ((64, 32, 16), 300)]:
        model = PrunedMLPClassifier(sizes, n_keep=n_keep, max_iter=5, **SETTINGS)
        model.fit(X, y)
        _, seconds = timed(lambda model=model: reason_codes(model, X))
        print(f"{sizes!s:<12} {model.n_nonzero_:8} {seconds:8.2f}")


def beside_shap(n_rows=20):
    """Print KernelExplainer's agreement with Shapley values, and what each takes."""
    try:
        import shap
    except ImportError:
        print("\nshap is not installed: no KernelExplainer")
        return
    X, y = german()
    prepared = preprocessing(len(X)).fit(X)
    rows = np.asarray(prepared.transform(X), np.float32).astype(float)
    model = PrunedMLPClassifier(
        (32, 16), granularity="feature", n_keep=10, **SETTINGS
    ).fit(rows, y)
    start, shown = rows.mean(0).astype(np.float32)[None].astype(float), rows[:n_rows]
    read = model._predictor.columns_read
    path, path_seconds = timed(lambda: reason_codes(model, shown))
    exact, exact_seconds = timed(lambda: reason_codes(model, shown, method="shapley"))
    exact = exact.contributions

    def score(x):
        return forward(model, x[:, read])[0]

    def score_of_read(x):
        return forward(model, x)[0]

    print(f"\nGerman credit, {rows.shape[1]} columns of which {len(read)} are read:\n")
    print(f"{'':<34} ms a row  off by at most  correlation")
    report("Shapley, by enumeration", exact, exact, exact_seconds / n_rows)
    report("path", path.contributions, exact, path_seconds / n_rows)
    for name, asked, columns in [
        ("KernelExplainer, columns read", score_of_read, read),
        ("KernelExplainer, all columns", score, np.arange(rows.shape[1])),
    ]:
        explainer = shap.KernelExplainer(asked, start[:, columns])
        begin = time.perf_counter()
        found = np.zeros_like(exact)
        found[:, columns] = explainer.shap_values(shown[:, columns], silent=True)
        report(name, found, exact, (time.perf_counter() - begin) / n_rows)


def report(name, found, exact, seconds):
    """Print how far contributions are from exact Shapley values."""
    off = np.abs(found - exact).max()
    correlation = np.corrcoef(found.ravel(), exact.ravel())[0, 1]
    print(f"{name:<34} {1000 * seconds:8.2f} {off:15.1e} {correlation:12.4f}")


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.simplefilter("ignore", PruningWarning)
    print(f"at most {N_ROWS:,} rows of each set; 'off' is from the midpoint rule\n")
    print("set             weights  columns read  sum off    off    unread  seconds")
    for name in available():
        weights, n_read, n_columns, sums, off, unread, seconds = held(name)
        print(
            f"{name:<14} {weights:8} {n_read:6} of {n_columns:<4} {sums:8.0e} "
            f"{off:8.0e} {unread:6.1f} {seconds:8.2f}",
            flush=True,
        )
    with threadpool_limits(1):
        speed()
        beside_shap()


if __name__ == "__main__":
    main()
