"""What a scoring file holds to give reasons."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skprune.export.scoring_file import reasons
from skprune.export.source import demand_equal
from skprune.inspection import closed_form, ranking, score_network, slopes
from skprune.inspection.fields import Model
from skprune.inspection.reasons import reason_codes
from skprune.inspection.score import score_networks

Array = NDArray[Any]

MODULES = [slopes, score_network, closed_form, ranking, reasons]
"""The text that computes them."""


def explained(estimator: Any) -> Model:
    """Return the model whose reasons a scoring file can give.

    Raises
    ------
    TypeError
        If a step of the Pipeline mixes columns.
    ValueError
        If there are several scores, or contributions have no closed form.
    """
    model = Model.of_estimator(estimator)
    if model.network.n_outputs_ != 1:
        raise ValueError(
            "A scoring file gives the reasons of one score, and there are "
            f"{model.network.n_outputs_}. Write it with reasons=False, and use "
            "skprune.inspection.reason_codes with a target."
        )
    if not all(map(closed_form.has_closed_form, score_networks(model.network))):
        raise ValueError(
            "A scoring file gives reasons in closed form alone, which several layers "
            f"of {model.network.activation!r} units don't have. Use activation='relu', "
            "or skprune.inspection.reason_codes."
        )
    return model


def arrays(model: Model, read: Array) -> dict[str, Any]:
    """Return the baseline, and which raw column each column of the network is of.

    Parameters
    ----------
    model : Model
    read : ndarray of int of shape (n_read,)
        The columns, of those that the network sees, which the file holds.
    """
    return {
        "baseline": np.asarray(model.baseline(None))[0, read],
        "owner": model.origins()[read],
        "fields": json.dumps([str(name) for name in model.names]),
    }


def check(written: Any, estimator: Any, rows: Any) -> None:
    """Compare the contributions that a scoring file gives.

    Raises
    ------
    RuntimeError
        If they differ.
    """
    wanted = reason_codes(estimator, rows).contributions
    demand_equal(written.contributions(rows), wanted, "NumPy")
