"""Constraints of the parameters that all networks share."""

import math
from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
)

CRITERIA = {
    "magnitude", "random", "gradient", "snip", "fisher", "obs", "activation",
    "movement", "lamp", "error", "importance",
}  # fmt: skip
SCHEDULES = {"one_shot", "linear", "cubic", "iterative", "lottery"}

SHARED: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [StrOptions({"identity", "logistic", "tanh", "relu"})],
    "solver": [StrOptions({"adam", "adamw", "sgd"})],
    "momentum": [Interval(Real, 0, 1, closed="both")],
    "alpha": [Interval(Real, 0, None, closed="left")],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [Interval(Real, 0, None, closed="left")],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="left")],
    "n_iter_no_change": [
        Interval(Integral, 1, None, closed="left"),
        Options(Real, {math.inf}),
    ],
    "sparsity": [Interval(Real, 0, 1, closed="left"), StrOptions({"auto"})],
    "n_keep": [Interval(Integral, 1, None, closed="left"), None],
    "threshold": [Interval(Real, 0, None, closed="left"), None],
    "granularity": [StrOptions({"weight", "unit", "feature"})],
    "criterion": [StrOptions(CRITERIA), HasMethods("score")],
    "schedule": [StrOptions(SCHEDULES), callable],
    "scope": [StrOptions({"global", "layer"})],
    "regrow": [StrOptions({"gradient", "random", "soft"}), None],
    "prune_iter": [Interval(Integral, 1, None, closed="left"), None],
    "l1_ratio": [Interval(Real, 0, 1, closed="both")],
    "n_bits": [Options(Integral, {4, 8}), None],
    "n_networks": [Interval(Integral, 1, None, closed="left")],
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "memory": [str, HasMethods(["cache"]), None],
    "tolerance": [Interval(Real, 0, None, closed="left")],
    "callbacks": [list, tuple, None, "verbose", object],
    "device": [str, object],
}
