"""What training minimises: a loss of each row, by name.

A loss is one class and one line of the tables here, which load no torch: the names
are known before anything is trained.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skprune.losses.base import Loss

CLASSIFICATION = {
    "binary": "classification.Binary",
    "multiclass": "classification.Multiclass",
}
REGRESSION = {
    "squared_error": "regression.SquaredError",
    "quantile": "regression.Quantile",
    "poisson": "regression.Poisson",
}
SEVERAL = {"quantiles": "quantiles.JointQuantiles"}
"""What a regressor's loss becomes where its parameter has several values."""


def get_loss(name: str, **parameters: Any) -> "Loss":
    """Return the loss of a name.

    Parameters
    ----------
    name : str
        A key of ``CLASSIFICATION``, ``REGRESSION`` or ``SEVERAL``.
    **parameters : dict
        Of the loss, such as ``quantile``.
    """
    module, _, cls = {**CLASSIFICATION, **REGRESSION, **SEVERAL}[name].partition(".")
    loss: Loss = getattr(import_module(f"skprune.losses.{module}"), cls)(**parameters)
    return loss
