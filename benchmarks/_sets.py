"""Development sets on which the pruning phase must hold: real ones and synthetic.

Those of ``_credit.py``, four more real ones, and four that are drawn here to have
what makes a pruning phase overfit: rare positives, many dummies of weak signal,
values missing for a reason, few rows.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd
from _credit import DATA, SHARED, prepared
from _credit import available as available_credit
from scipy.special import expit
from scipy.stats import norm

FILES = ("spanish_credit", "telecom_churn", "attrition", "stackoverflow")
"""Real sets whose target column is ``Bad``; see their README."""


def real(name):
    """Read one of ``FILES``."""
    table = pd.read_csv(SHARED / f"{name}.csv.gz")
    y = table.pop("Bad").to_numpy().astype(int)
    return table, y


def drawn(logit, share, draws):
    """Draw labels whose mean is about ``share``, from log-odds up to a constant."""
    low, high = -20.0, 20.0
    for _ in range(60):
        shift = (low + high) / 2
        low, high = (
            (shift, high) if expit(logit + shift).mean() < share else (low, shift)
        )
    return (draws.random(len(logit)) < expit(logit + shift)).astype(int)


def loans(n_rows=7000):
    """5 % bad, 17 numbers and 10 fields of 10 levels, some rare: weak signal."""
    draws = np.random.default_rng(11)
    latent = draws.normal(size=(n_rows, 4))
    mixing = draws.normal(size=(4, 17))
    numbers = latent @ mixing * 0.5 + draws.normal(size=(n_rows, 17))
    logit = 0.45 * numbers[:, 0] - 0.35 * numbers[:, 1] + 0.25 * numbers[:, 2]
    logit += 0.2 * np.abs(numbers[:, 3]) + 0.2 * (latent[:, 0] > 1)
    table = pd.DataFrame(numbers).add_prefix("number_")
    frequency = 1.0 / np.arange(1, 11) ** 1.5
    for i in range(10):
        codes = draws.choice(10, n_rows, p=frequency / frequency.sum())
        # Half of the fields tell something, by a little for each level.
        logit += draws.normal(size=10)[codes] * (0.35 if i < 5 else 0.0)
        table[f"field_{i}"] = codes.astype(str)
    return table, drawn(logit, 0.05, draws)


def insurance(n_rows=5800):
    """6 % positive, 85 ordinals: neighbourhoods in tenths, policies rarely held."""
    draws = np.random.default_rng(12)
    latent = draws.normal(size=(n_rows, 6))
    areas = latent @ draws.normal(size=(6, 43)) + 1.5 * draws.normal(size=(n_rows, 43))
    areas = np.floor(10 * norm.cdf(areas / areas.std(0)))
    held = latent @ draws.normal(size=(6, 42)) * 0.3 + draws.normal(size=(n_rows, 42))
    cuts = norm.ppf(draws.uniform(0.5, 0.97, 42))
    policies = np.clip(np.ceil(2 * (held - cuts)), 0, 6)
    logit = 0.5 * latent[:, 0] + 0.3 * latent[:, 1] + 0.7 * (policies[:, 0] > 0)
    logit += 0.25 * policies[:, 1] - 0.2 * policies[:, 2]
    logit += 0.6 * (latent[:, 0] > 0) * (policies[:, 3] > 0)
    logit *= 1.5
    return pd.DataFrame(np.hstack([areas, policies])), drawn(logit, 0.06, draws)


def home_equity(n_rows=5900):
    """20 % bad, 12 columns: gaps that tell something, and thresholds."""
    draws = np.random.default_rng(13)
    X = draws.normal(size=(n_rows, 10))
    X[:, 1] = 0.6 * X[:, 0] + 0.8 * X[:, 1]
    counts = draws.poisson(0.4, size=(n_rows, 2)).astype(float)
    logit = 3.0 * ((X[:, 2] > 0.8) & (X[:, 3] < 0.3)) + 2.5 * (X[:, 4] > 1.3)
    logit += 0.9 * counts[:, 0] + 0.5 * counts[:, 1] + 0.6 * X[:, 5] - 0.4 * X[:, 0]
    hidden = draws.random((n_rows, 10)) < expit(0.8 * X[:, [6]] - 3.0)
    # Who is in trouble does not state the ratio.
    hidden[:, 6] = draws.random(n_rows) < expit(1.5 * logit - 4.0)
    y = drawn(1.5 * logit + 2.0 * hidden[:, 6], 0.2, draws)
    table = pd.DataFrame(np.hstack([np.where(hidden, np.nan, X), counts]))
    # As a modeller would: a flag beside the filled gap.
    return table.assign(gap=hidden[:, 6].astype(float)).rename(columns=str), y


def few(n_rows=400):
    """400 rows, 25 % positive: 8 of 30 columns matter, two of them together."""
    draws = np.random.default_rng(14)
    X = draws.normal(size=(n_rows, 30)) + 0.5 * draws.normal(size=(n_rows, 1))
    logit = X[:, :6] @ np.array([1.0, -0.8, 0.6, 0.5, -0.4, 0.3]) + X[:, 6] * X[:, 7]
    return pd.DataFrame(X), drawn(logit, 0.25, draws)


SETS: dict[str, Callable] = {
    **DATA,
    **{name: partial(real, name) for name in FILES},
    "loans": loans,
    "insurance": insurance,
    "home_equity": home_equity,
    "few": few,
}


def available() -> list[str]:
    """Return the sets whose files are there."""
    missing = set(DATA) - set(available_credit())
    missing |= {name for name in FILES if not (SHARED / f"{name}.csv.gz").exists()}
    return [name for name in SETS if name not in missing]


def folds(
    name: str, n_splits: int = 5, seed: int = 0, flagged: bool = False
) -> Iterator[tuple]:
    """Yield (X_train, y_train, X_test, y_test) as prepared float32 arrays."""
    return prepared(*SETS[name](), n_splits, seed, flagged)
