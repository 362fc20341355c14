"""Neural networks whose sparsity is a hyperparameter, as scikit-learn estimators."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skprune.lstm import PrunedLSTMClassifier, PrunedLSTMRegressor
    from skprune.mlp import PrunedMLPClassifier, PrunedMLPRegressor
    from skprune.model_selection import SparsitySearchCV, sparsity_path
    from skprune.pretrained import prune
    from skprune.transformer import PruningTransformer

__version__ = "0.2.0"

__all__ = [
    "PrunedLSTMClassifier",
    "PrunedLSTMRegressor",
    "PrunedMLPClassifier",
    "PrunedMLPRegressor",
    "PruningTransformer",
    "SparsitySearchCV",
    "prune",
    "sparsity_path",
]

# Loaded when first asked for: a process that scores with one model, whose pickle
# names its file, need not load what the others are made of.
_HOMES = {
    "PrunedLSTMClassifier": "skprune.lstm",
    "PrunedLSTMRegressor": "skprune.lstm",
    "PrunedMLPClassifier": "skprune.mlp",
    "PrunedMLPRegressor": "skprune.mlp",
    "PruningTransformer": "skprune.transformer",
    "SparsitySearchCV": "skprune.model_selection",
    "prune": "skprune.pretrained",
    "sparsity_path": "skprune.model_selection",
}


_SUBPACKAGES = {
    "criteria",
    "datasets",
    "exceptions",
    "export",
    "inspection",
    "metrics",
    "model_selection",
    "preprocessing",
    "schedules",
    "scorecard",
    "time_series",
}


def __getattr__(name: str) -> Any:
    if name in _SUBPACKAGES:
        return import_module(f"skprune.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, *_SUBPACKAGES, "__version__"])
