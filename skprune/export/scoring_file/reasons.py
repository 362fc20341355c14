"""Reasons for scores: exact contributions of the columns that a record holds."""

import json
from typing import Any

import numpy as np

from skprune.export.scoring_file.network import weights
from skprune.export.scoring_file.rows import inputs
from skprune.inspection.closed_form import closed_form
from skprune.inspection.ranking import main_reasons
from skprune.inspection.score_network import HiddenLayer, ScoreNetwork

Array = np.ndarray[Any, np.dtype[Any]]


def reasons(X: Any, n_reasons: int = 4) -> tuple[Array, Array]:
    """Return what raises each row's score most, and by how much.

    Two arrays of shape (n_samples, n_reasons): names, None where fewer columns raise
    the score, and contributions, NaN there.
    """
    return main_reasons(contributions(X), fields(), n_reasons)


def contributions(X: Any) -> Array:
    """Return the contributions of all columns to the scores, (n_samples, n_columns).

    They sum to the row's score less that of the mean training row: log-odds of the
    second class, or predictions.
    """
    model = weights()
    rows, start = inputs(model, X), model["baseline"][None]
    found = np.zeros((len(rows), len(fields())))
    for k in range(int(model["n_networks"])):
        network = score_network(model, k)
        each = closed_form(network, network.read(rows), network.read(start)[0])
        owners = model["owner"][network.columns]
        found += each @ np.eye(found.shape[1])[owners]
    return found / int(model["n_networks"])


def fields() -> Array:
    """Return the names of the columns that contributions are of."""
    return np.array(json.loads(str(weights()["fields"])), dtype=object)


def score_network(model: dict[str, Any], k: int) -> ScoreNetwork:
    """Return a network of one output, without the logistic function at its end."""
    pairs = [
        (
            model[f"weight_{k}_{i}"].T.astype(np.float64),
            model[f"bias_{k}_{i}"].astype(np.float64),
        )
        for i in range(int(model["n_layers"]))
    ]
    hidden = [HiddenLayer(w, b, str(model["activation"])) for w, b in pairs[:-1]]
    weight, bias = pairs[-1]
    if str(model["out_activation"]) != "exp":
        return ScoreNetwork(model[f"columns_{k}"], hidden, weight[0], float(bias[0]))
    hidden.append(HiddenLayer(weight, bias, "exp"))
    return ScoreNetwork(model[f"columns_{k}"], hidden, np.ones(1), 0.0)
