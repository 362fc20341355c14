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
network. The precision is a larger one, and falls with the weights that are left for
each bit that the labels tell: few can flatter themselves little. A row of two classes
as frequent as each other tells one bit, of classes as one to nineteen .29 of it.

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

FLATTERED = 60.0
"""That of a flattered network with as many weights as labels tell bits, or more."""

MOST = 1 / 6
"""The largest curvature of the prior in the mean loss, about that of a log loss where
probabilities are .2 or .8: what few rows tell is not to be outweighed."""

MOST_FLATTERED = 1 / 20
"""The same of a flattered network, of which no noise is seen that would lower it."""


@dataclass(frozen=True)
class Prior:
    """The prior's share of the mean loss, by how much noise there is.

    Attributes
    ----------
    whole : float
        The share where all is noise.
    blind : float
        The loss of the best constant prediction.
    n_told : float
        Bits that the labels tell: their entropy, of at most one bit for each row.
    is_flattered : bool
        Whether the loss is that of these rows.
    """

    whole: float
    blind: float
    n_told: float
    is_flattered: bool

    @classmethod
    def over(
        cls,
        n_rows: int,
        blind: float,
        precision: float | None = None,
        *,
        is_flattered: bool,
        most: float = math.inf,
    ) -> "Prior":
        """Return the prior of a precision, of a network that learns from rows.

        The precision is the usual one unless it is given. What the prior is at the most
        depends on the kind of network, too.
        """
        usual, cap = (FLATTERED, MOST_FLATTERED) if is_flattered else (USUAL, MOST)
        precision = usual if precision is None else precision
        whole = min(precision / n_rows, cap, most)
        n_told = n_rows * min(blind / math.log(2.0), 1.0)
        return cls(whole, blind, n_told, is_flattered)

    def at(self, loss: float, n_weights: float = math.inf) -> float:
        """Return the share at a loss of a network with so many weights.

        It is the whole where the network has no loss yet, and more weights than bits.
        """
        # Not finite, or no better than the constant, which has no loss where all
        # targets are equal.
        noise = loss / self.blind if loss < self.blind else 1.0
        if not self.is_flattered:
            return self.whole * noise
        return (
            self.whole
            * noise**0.5
            * min(1.0, n_weights / max(self.n_told, 1.0)) ** 0.25
        )


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
