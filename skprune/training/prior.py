"""A Gaussian prior on the weights, in units of the noise that a network leaves.

A loss is a negative log-likelihood only in units of the noise, and what is noise is
found by the network itself: its loss, as a share of that of the best constant
prediction. Of a squared error that is the share of the variance that stays unexplained,
of a log loss the share of the deviance. Where classes are as good as separable, weights
are held as loosely as is right there; as a classifier is cut down and explains less,
they are held more tightly. For a regressor the dense network's noise stands.

Rows that a classifier has learnt from flatter it: with more weights than rows it leaves
no noise on them, would not be held, and would go on leaving none. There the share is
the geometric mean of the one seen and of one, and nothing is believed of the dense
network.

References
----------
D. MacKay, "A practical Bayesian framework for backpropagation networks", Neural
Computation 4, 1992, who estimates the noise anew in training likewise.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray

from skprune.losses.base import Loss, weighted_mean

USUAL = 48.0
"""The precision of weights of standard deviation 1/7."""

MOST = 1 / 6
"""The largest curvature of the prior in the mean loss, about that of a log loss where
probabilities are .2 or .8: what few rows tell is not to be outweighed."""


@dataclass(frozen=True)
class Prior:
    """The prior's share of the mean loss, by how much noise there is.

    Attributes
    ----------
    whole : float
        The share where all is noise.
    blind : float
        The loss of the best constant prediction.
    is_flattered : bool
        Whether the loss is that of rows which the network learns from.
    """

    whole: float
    blind: float
    is_flattered: bool

    @classmethod
    def over(
        cls,
        n_rows: int,
        precision: float,
        blind: float,
        *,
        is_flattered: bool,
        most: float = math.inf,
    ) -> "Prior":
        """Return the prior of a precision, of a network that learns from rows.

        It is ``MOST`` at the most, and what the kind of network bears.
        """
        return cls(min(precision / n_rows, MOST, most), blind, is_flattered)

    def at(self, loss: float) -> float:
        """Return the share at a loss of the network's; the whole where it has none."""
        # Not finite, or no better than the constant, which has no loss where all
        # targets are equal.
        if not loss < self.blind:
            return self.whole
        noise = loss / self.blind
        return self.whole * (math.sqrt(noise) if self.is_flattered else noise)


def blind_loss(loss: Loss, y: NDArray[Any], weight: NDArray[Any] | None) -> float:
    """Return the loss of the best constant prediction of rows."""
    targets = torch.from_numpy(y)
    weights = None if weight is None else torch.from_numpy(weight)
    z = loss.best_constant(targets, weights).expand(len(y), -1)
    return float(weighted_mean(loss.rows(z, targets), weights))


def whole_noise(loss: Loss, y: NDArray[Any], weight: NDArray[Any] | None) -> float:
    """Return the loss at which all is noise: that of the best constant prediction.

    A pinball loss is the likelihood of a Laplace density in units of its scale, which
    is the mean loss itself.
    """
    return 1.0 if loss.is_own_scale else blind_loss(loss, y, weight)
