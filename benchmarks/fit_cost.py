"""What whole fits cost on the development sets, and what a teacher adds.

    python benchmarks/fit_cost.py [SET ...]

Processor seconds of default networks of 64 and 32 units, which train and prune as long
as they find right; then, in units of those, of networks that listen to a teacher. It is
boosting that was fitted to half of the rows before: only to be asked takes its time.
Each figure is the least of three fits; "apart" is with rows set aside.
"""

import argparse
import time
import warnings

import pandas as pd
from _peers import machine
from _sets import available, folds
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator

from skprune import PrunedMLPClassifier
from skprune.exceptions import PruningWarning

N = 3


def seconds(X, y, **changed):
    """Return the processor seconds of a fit."""
    model = PrunedMLPClassifier((64, 32), random_state=0, **changed)
    times = []
    for _ in range(N):
        began = time.process_time()
        model.fit(X, y)
        times.append(time.process_time() - began)
    return min(times)


def costs(name):
    """Return the figures of a set."""
    X, y, *_ = next(iter(folds(name, 5, 0)))
    boosting = HistGradientBoostingClassifier(random_state=0).fit(X[::2], y[::2])
    row = {"set": name, "rows": len(X), "columns": X.shape[1]}
    for apart, stopping in ((False, ""), (True, " apart")):
        how = {"early_stopping": apart}
        alone = seconds(X, y, **how)
        row[f"s{stopping}"] = alone
        taught = seconds(X, y, teacher=FrozenEstimator(boosting), **how)
        row[f"taught{stopping}"] = taught / alone
    return row


def main():
    """Print a row for each set, and the mean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=available())
    machine()
    for one in (PruningWarning, ConvergenceWarning):
        warnings.simplefilter("ignore", one)
    rows = []
    for name in parser.parse_args().sets:
        rows.append(costs(name))
        print(rows[-1], flush=True)
    table = pd.DataFrame(rows).set_index("set").astype(float)
    table.loc["mean"] = table.mean()
    print(table.round(2).to_string())


if __name__ == "__main__":
    main()
