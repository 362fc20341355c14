"""Several networks in one estimator, their predictions averaged.

Each is a fitted estimator of its own, as in scikit-learn's ensembles, and differs
from the others in its ``random_state`` alone: in the weights drawn, in the order of
the rows, and in the rows set aside for validation.

References
----------
B. Lakshminarayanan, A. Pritzel and C. Blundell, "Simple and scalable predictive
uncertainty estimation using deep ensembles", NeurIPS, 2017.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from skprune.estimator.attributes import postpone
from skprune.estimator.report import mean_report
from skprune.estimator.seeds import seeds_of_networks
from skprune.inference import EnsemblePredictor

LEARNT_OF_DATA = (
    "n_features_in_",
    "feature_names_in_",
    "n_outputs_",
    "out_activation_",
    "n_timesteps_",
    "n_channels_",
    "_axes",
    "classes_",
    "_multilabel",
    "_scaling",
    "_loss_spec",
    "_dtype",
    "_inputs",
)
"""What an estimator learns of the data before there is any network."""


def members_of(estimator: Any, *, again: bool) -> list[Any]:
    """Return the estimators of one network each; that is itself where it has one.

    Parameters
    ----------
    estimator : estimator
        That has learnt of the data.
    again : bool
        Whether the networks that there are go on.

    Raises
    ------
    ValueError
        If they are not as many as asked for.
    """
    before = vars(estimator).get("estimators_", [])
    if again and max(len(before), 1) != estimator.n_networks:
        raise ValueError(
            "The networks that there are go on learning, so that n_networks must "
            f"stay {max(len(before), 1)}; got {estimator.n_networks}. Use clone() "
            "to start anew."
        )
    if estimator.n_networks == 1:
        return [estimator]
    seeds = seeds_of_networks(estimator)
    # Copies: where what follows fails, those before are left as they were.
    members = (
        [shallow_copy(m) for m in before]
        if again
        else [clone(estimator) for _ in seeds]
    )
    learnt = {k: v for k, v in vars(estimator).items() if k in LEARNT_OF_DATA}
    for member, seed in zip(members, seeds, strict=True):
        own = {"n_networks": 1, "random_state": seed}
        member.set_params(**{**estimator.get_params(deep=False), **own})
        vars(member).update(learnt)
    return members


def shallow_copy(estimator: Any) -> Any:
    """Return an estimator with the same attributes, a stream included."""
    new = object.__new__(type(estimator))
    vars(new).update(vars(estimator))
    return new


def join_members(estimator: Any, members: Sequence[Any]) -> None:
    """Let the estimator predict the mean of its members."""
    if estimator.n_networks == 1:
        return
    estimator.estimators_ = list(members)
    postpone(
        estimator,
        {
            ("_predictor",): lambda: {
                "_predictor": EnsemblePredictor([m._predictor for m in members])
            },
            ("pruning_report_", "feature_importances_"): lambda: _reports(members),
        },
    )
    estimator.sparsity_ = float(np.mean([member.sparsity_ for member in members]))
    estimator.n_layers_ = members[0].n_layers_


def _reports(members: Sequence[Any]) -> dict[str, Any]:
    importances = [member.feature_importances_ for member in members]
    return {
        "pruning_report_": mean_report([m.pruning_report_ for m in members]),
        "feature_importances_": np.mean(importances, axis=0),
    }
