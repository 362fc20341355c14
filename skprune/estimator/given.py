"""A trained network from elsewhere, in place of one that ``fit`` would train."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from skprune.estimator.targets import Targets
    from skprune.training.job import Job

Array = NDArray[Any]
WeightAndBias = tuple[Array, Array]


@dataclass(frozen=True)
class Given:
    """A trained perceptron, as it predicts in the units of ``y``.

    Attributes
    ----------
    layers : sequence of (weight, bias)
        Weights (fan_out, fan_in) and biases (fan_out,), of float64.
    activation : {'identity', 'logistic', 'tanh', 'relu'}
        Of the hidden layers.
    out_activation : {'identity', 'logistic', 'softmax', 'exp'}
        What turns outputs into predictions.
    classes : ndarray of shape (n_classes,) or None
        In the order of the outputs, of which two classes have one; None for numbers.
    multilabel : bool
        Whether each output is a label of its own.
    """

    layers: Sequence[WeightAndBias]
    activation: str
    out_activation: str
    classes: Array | None = None
    multilabel: bool = False

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each layer, from the inputs to the outputs."""
        return (self.layers[0][0].shape[1], *(len(bias) for _, bias in self.layers))

    def in_place_of_training(self, job: "Job", targets: "Targets") -> "Job":
        """Return a job that prunes this network, and trains none.

        Raises
        ------
        ValueError
            If it is not a network for these rows, if float32 does not hold its
            weights, or if the criterion looks back on training.
        """
        n_columns = dict(job.plan.arguments)["layer_units"][0]
        if n_columns != self.widths[0]:
            raise ValueError(
                f"X has {n_columns} columns, but the network reads {self.widths[0]}."
            )
        if job.plan.track_movement:
            raise ValueError(
                "criterion='movement' ranks weights by what training made of them, of "
                "which a network that is trained already tells nothing. Take another, "
                "such as 'lamp'."
            )
        return replace(job, start=self._parameters(targets), trained=True)

    def _parameters(self, targets: "Targets") -> NDArray[np.float32]:
        """Return all parameters, (n_parameters,), in the order of the module's."""
        *hidden, last = self.layers
        layers = [*hidden, targets.into_unit_size(*last)]
        parts = [part.ravel() for layer in layers for part in layer]
        with np.errstate(over="ignore"):
            value = np.concatenate(parts).astype(np.float32)
        if not np.isfinite(value).all():
            raise ValueError("The network has weights that are not finite in float32.")
        return value
