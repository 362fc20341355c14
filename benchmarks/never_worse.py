"""Is the pruned network ever worse than the dense one? AUC less that of dense.

A (64, 32) network with all defaults but ``early_stopping=True``, over stratified folds
and seeds: at several amounts of weights, neurons and columns, beside small dense
networks with as many weights that went through the pruning phase too.

    python benchmarks/never_worse.py --small --jobs 2      # every set: hours
    python benchmarks/never_worse.py --folds 2 --data loans few
    python benchmarks/never_worse.py --no-early-stopping --settings w.5 w.9 u.8
    python benchmarks/never_worse.py --variants --folds 3 --seeds 1
    python benchmarks/never_worse.py --variants thin --settings w.95 w.98 --seeds 1
"""

import argparse
import tempfile
import time
import warnings
from itertools import pairwise
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch
from _sets import SETS, available, folds
from joblib import Parallel, delayed
from quality import HIDDEN, NOTHING, n_weights, small_widths
from sklearn.metrics import roc_auc_score

from skprune import PrunedMLPClassifier
from skprune.pruning import fan_in
from skprune.training import beginnings, strength

SETTINGS = {
    **{f"w{s}".replace("0.", "."): ("weight", s) for s in (0.5, 0.8, 0.9, 0.95, 0.98)},
    **{f"u{s}".replace("0.", "."): ("unit", s) for s in (0.5, 0.8)},
    "f.5": ("feature", 0.5),
}
"""What goes: a share of the weights, of the neurons, of the columns."""

VARIANTS = {
    "defaults": (strength, {"PRECISIONS": strength.PRECISIONS}),
    "precisions 1, 4, 16, 64": (strength, {"PRECISIONS": (1.0, 4.0, 16.0, 64.0)}),
    "precisions 16, 64": (strength, {"PRECISIONS": (16.0, 64.0)}),
    "precisions 16 to 128": (strength, {"PRECISIONS": (16.0, 32.0, 64.0, 128.0)}),
    **{
        f"precision {p:.0f}": (strength, {"PRECISIONS": (p,)})
        for p in (4.0, 16.0, 32.0, 64.0, 128.0)
    },
    "race to a third of the ramp": (strength, {"RACE_SHARE": 1 / 3}),
    "race to the last cut": (strength, {"RACE_SHARE": 1.0}),
    "judged by one epoch": (strength, {"JUDGED_EPOCHS": 1}),
    "thin neurons' weights in full": (fan_in, {"ENOUGH": 1}),
    "patience 25 % of recovery": (beginnings, {"PATIENCE_SHARE": 0.25}),
    "patience 40 % of recovery": (beginnings, {"PATIENCE_SHARE": 0.4}),
    "ramp of 600 steps": (beginnings, {"RAMP_STEPS": 600, "RAMP_EPOCHS": (10, 45)}),
}
"""Constants of the pruning phase that were tried in place of its own."""


def measured(model, fold):
    """Return the AUC on the test rows, and the processor seconds of the fit."""
    X_train, y_train, X_test, y_test = fold
    start = time.process_time()
    model.fit(X_train, y_train)
    took = time.process_time() - start
    return roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]), took


def evaluate(name, args, memory):
    """Yield (setting, rival, gap, seconds) for each fold, seed and setting."""
    for seed in range(args.seeds):
        common = {"early_stopping": args.early_stopping, "random_state": seed}
        for fold in folds(name, args.folds, seed):
            dense = PrunedMLPClassifier(HIDDEN, sparsity=0, memory=memory, **common)
            before, _ = measured(dense, fold)
            for setting in args.settings:
                unit, share = SETTINGS[setting]
                # Without the memory, so that the time is that of a whole fit.
                model = PrunedMLPClassifier(
                    HIDDEN, granularity=unit, sparsity=share, **common
                )
                score, took = measured(model, fold)
                yield setting, "dense", score - before, took
                if unit == "weight" and args.small:
                    left = n_weights(fold[0].shape[1], HIDDEN) * (1 - share)
                    widths = small_widths(fold[0].shape[1], left)
                    small = PrunedMLPClassifier(widths, sparsity=NOTHING, **common)
                    rival, took = measured(small, fold)
                    yield setting, "small dense", score - rival, took


def gaps_of(name, args):
    """Return the gaps on a set, and print those to dense."""
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as memory:
        found = frame_of((name, *row) for row in evaluate(name, args, memory))
    some = found[found.rival == "dense"]
    gaps = some.groupby("setting", sort=False).gap.mean()
    line = "  ".join(f"{s} {1e3 * gap:+.1f}" for s, gap in gaps.items())
    print(f"{name}: {line}; {some.seconds.mean():.2f} s a fit", flush=True)
    return found


def table_of(found, rival):
    """Return the mean gaps by set and setting, and their standard errors."""
    some = found[found.rival == rival]
    grouped = some.groupby(["data", "setting"], sort=False).gap
    gaps, errors = (t.unstack(sort=False) for t in (grouped.mean(), grouped.sem()))
    return gaps, errors


def show(found, rival):
    """Print the gaps in thousandths, and what is left of the worst beyond its error."""
    gaps, errors = table_of(found, rival)
    shown = gaps.assign(mean=gaps.mean(axis=1))
    shown.loc["mean"] = shown.mean()
    print(f"\npruned less {rival}, AUC in thousandths")
    print((1e3 * shown).round(1).to_string())
    beyond = (gaps + errors.fillna(0.0)).stack()
    print(
        f"mean {1e3 * gaps.to_numpy().mean():.1f}; worst {1e3 * gaps.min().min():.1f}"
    )
    print(
        f"worst beyond one standard error: {1e3 * beyond.min():.1f} {beyond.idxmin()}"
    )


def valleys(found):
    """Return what is below both sparser and denser weights by more than its error."""
    gaps, errors = table_of(found, "dense")
    gaps = gaps[[name for name in gaps if SETTINGS[name][0] == "weight"]]
    gaps.insert(0, "dense", 0.0)
    return [
        f"{data} {here}"
        for data in gaps.index
        for (before, here), (_, after) in pairwise(pairwise(gaps))
        if gaps.loc[data, here] + errors.fillna(0.0).loc[data, here]
        < gaps.loc[data, [before, after]].min()
    ]


def chosen(words):
    """Return the names of the defaults and of the variants with any of the words."""
    return [
        name
        for name in VARIANTS
        if name == "defaults" or not words or any(word in name for word in words)
    ]


def compare(args):
    """Print, for each variant, its gaps to dense and to the defaults."""
    print("AUC in thousandths, mean over the folds of all sets and its standard error")
    print(f"{'':30}{'less dense':>14}{'less defaults':>16}{'worst':>8}{'s a fit':>9}")
    usual = None
    with tempfile.TemporaryDirectory() as memory:
        for variant in chosen(args.variants):
            module, changes = VARIANTS[variant]
            with patch.multiple(module, **changes):
                found = frame_of(
                    (name, *row)
                    for name in args.data
                    for row in evaluate(name, args, memory)
                )
            gaps = by_fold(found)
            usual = gaps if usual is None else usual
            worst = table_of(found, "dense")[0].min().min()
            less = gaps - usual
            print(
                f"{variant:30}{1e3 * gaps.mean():7.1f} +- {1e3 * gaps.sem():3.1f}"
                f"{1e3 * less.mean():9.1f} +- {1e3 * less.sem():3.1f}"
                f"{1e3 * worst:8.1f}{found.seconds.mean():9.2f}",
                flush=True,
            )


def frame_of(rows):
    return pd.DataFrame(rows, columns=["data", "setting", "rival", "gap", "seconds"])


def by_fold(found):
    """Return the mean gap of each fold of each set: settings share its network."""
    some = found[found.rival == "dense"].copy()
    some["fold"] = some.groupby(["data", "setting"]).cumcount()
    return some.groupby(["data", "fold"]).gap.mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=available(), choices=list(SETS))
    parser.add_argument("--settings", nargs="+", default=list(SETTINGS))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="sets at a time")
    parser.add_argument("--small", action="store_true", help="small dense beside it")
    parser.add_argument("--no-early-stopping", action="store_true")
    parser.add_argument(
        "--variants", nargs="*", help="what was tried: all, or those with such words"
    )
    args = parser.parse_args()
    args.early_stopping = not args.no_early_stopping
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    if args.variants is not None:
        compare(args)
        return
    each = Parallel(args.jobs)(delayed(gaps_of)(name, args) for name in args.data)
    found = pd.concat(each)
    for rival in np.unique(found.rival):
        show(found, rival)
    print(f"\nvalleys: {', '.join(valleys(found)) or 'none'}")


if __name__ == "__main__":
    main()
