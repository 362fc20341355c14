"""Does pruning find a sparse teacher? Inputs and connections recovered.

    python benchmarks/teacher.py [--seeds 3]

A teacher of 8 tanh units reads 3 each of 8 inputs out of 20; students of 8 and 16
units are pruned to exactly the teacher's number of connections. Connections are
matched unit by unit (Hungarian method), as hidden units have no order.
"""

import argparse
import warnings

import numpy as np
import pandas as pd
import torch
from scipy.optimize import linear_sum_assignment

from skprune import PrunedMLPRegressor

N_ROWS, N_INPUTS, N_TRUE, N_HIDDEN, N_READ = 4000, 20, 8, 8, 3
RULES = {
    "lamp (default)": {},
    "magnitude": {"criterion": "magnitude"},
    "magnitude, one shot": {
        "criterion": "magnitude",
        "schedule": "one_shot",
        "prune_iter": 20,
    },
    "fisher": {"criterion": "fisher"},
    "gradient": {"criterion": "gradient"},
    "random": {"criterion": "random"},
}


def make_teacher(seed):
    """Return training rows, test rows without noise, and the teacher's connections."""
    rng = np.random.default_rng(seed)
    weights = np.zeros((N_HIDDEN, N_INPUTS))
    for row in weights:
        read = rng.choice(N_TRUE, N_READ, replace=False)
        row[read] = rng.choice([-1, 1], N_READ) * rng.uniform(0.7, 1.5, N_READ)
    bias = 0.3 * rng.normal(size=N_HIDDEN)
    out = rng.choice([-1, 1], N_HIDDEN) * rng.uniform(0.7, 1.5, N_HIDDEN)
    X = rng.normal(size=(2 * N_ROWS, N_INPUTS)).astype(np.float32)
    y = np.tanh(X @ weights.T + bias) @ out
    noisy = y[:N_ROWS] + 0.05 * rng.normal(size=N_ROWS)
    return X[:N_ROWS], noisy, X[N_ROWS:], y[N_ROWS:], weights != 0


def student_connections(model):
    """Return the first layer's kept connections of units that the output reads."""
    masks = model.masks_
    return masks["layers.0.weight"] & masks["layers.1.weight"][0][:, None]


def compare(teacher, student):
    true, found = (set(np.flatnonzero(c.any(0))) for c in (teacher, student))
    overlap = teacher.astype(int) @ student.T.astype(int)
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    return {
        "true inputs": len(true & found) / len(true),
        "false inputs": len(found - true),
        "connections": overlap[rows, columns].sum() / teacher.sum(),
    }


def recover(rule, n_units, seed):
    """Prune a student to the teacher's size; return what it recovered."""
    X, y, X_test, y_test, teacher = make_teacher(seed)
    model = PrunedMLPRegressor(
        (n_units,),
        "tanh",
        n_keep=int(teacher.sum()) + N_HIDDEN,
        early_stopping=True,
        learning_rate_init=0.005,
        random_state=seed,
        **RULES[rule],
    ).fit(X, y)
    return {
        **compare(teacher, student_connections(model)),
        "R2": model.score(X_test, y_test),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rules", nargs="+", default=list(RULES))
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    rows = [
        {"rule": rule, "units": n, **recover(rule, n, seed)}
        for rule in args.rules
        for n in (N_HIDDEN, 2 * N_HIDDEN)
        for seed in range(args.seeds)
    ]
    table = pd.DataFrame(rows).groupby(["units", "rule"], sort=False).mean()
    print(table.round(3).to_string())


if __name__ == "__main__":
    main()
