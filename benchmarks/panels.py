"""Memory and time of one network over three hundred series: 500,000 windows.

Each line is from three processes of their own. Peak memory counts from just before,
when the table and the packages are there: first of making the windows, then of the fit
on them. All with defaults but the cells, and the numbers of epochs. Linux only, for it
reads /proc. ``--quick`` takes a tenth of the windows.
"""

from typing import Any

from _peers import QUICK, machine, table
from scale import run

N = 3

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import _peers
import json, time
import numpy as np
from skprune import PrunedLSTMRegressor
from skprune.time_series import sliding_windows

WINDOW, CHANNELS, SERIES = 22, 5, 300
n_windows, dtype, apart = int(sys.argv[2]), sys.argv[3], sys.argv[4] == "True"

def status(name):
    with open("/proc/self/status") as lines:
        return next(int(x.split()[1]) for x in lines if x.startswith(name)) * 1024

def measured(work):
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    base, start = status("VmRSS"), time.process_time()
    done = work()
    return done, status("VmHWM") - base, time.process_time() - start

def model():
    return PrunedLSTMRegressor(
        (16,), dense_layer_sizes=(), n_timesteps=WINDOW, granularity="unit",
        max_iter=1, prune_iter=2, early_stopping=apart,
        random_state=0,
    )

def windows(length):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((SERIES * length, CHANNELS)).astype(dtype)
    series = np.repeat(np.arange(SERIES), length)
    return X, lambda: sliding_windows(X, X[:, 0], window=WINDOW, series=series)

def labels(rows):
    return np.repeat(np.arange(SERIES), len(rows) // SERIES)

few = windows(WINDOW + 10)[1]()
model().fit(*few, series=labels(few[0]))
X, make = windows(n_windows // SERIES + WINDOW)
(rows, y), made, seconds = measured(make)
fit = lambda: model().fit(rows, y, series=labels(rows))
_, fitted, fit_seconds = measured(fit)
print(json.dumps({
    "windows": len(rows), "raw": X.nbytes, "table": rows.nbytes, "made": made,
    "seconds": seconds, "fitted": fitted, "fit_seconds": fit_seconds,
}))
"""


def main() -> None:
    n_windows = 50_000 if QUICK else 500_000
    rows = []
    for dtype in ("float32", "float64"):
        for apart in (False, True):
            rows.append(measured(n_windows, dtype, apart))
    head = ["type", "early stopping", "windows", "series, MB"]
    head += ["windows, MB", "peak of making them, MB", "of fit beyond, MB", "both, MB"]
    table([*head, "bound, MB", "making, s", "fit, s"], rows)


def measured(n_windows: int, dtype: str, apart: bool) -> list[str]:
    """Return a line: of some processes the least and the most."""
    found: Any = [run(PROGRAM, str(n_windows), dtype, str(apart)) for _ in range(N)]
    both = [one["made"] + one["fitted"] for one in found]
    return [
        dtype,
        "yes" if apart else "no",
        f"{found[0]['windows']:,}",
        f"{found[0]['raw'] / 1e6:.0f}",
        f"{found[0]['table'] / 1e6:.0f}",
        _between([one["made"] / 1e6 for one in found]),
        _between([one["fitted"] / 1e6 for one in found]),
        _between([size / 1e6 for size in both]),
        f"{(1.5 * found[0]['table'] + 200e6) / 1e6:.0f}",
        f"{min(one['seconds'] for one in found):.1f}",
        _between([one["fit_seconds"] for one in found]),
    ]


def _between(values: list[float]) -> str:
    return f"{min(values):.0f} to {max(values):.0f}"


if __name__ == "__main__":
    machine()
    main()
