"""A Gaussian prior on the weights, in units of the noise that a network leaves.

A loss is a negative log-likelihood only in units of the noise, and what is noise is
found by the network itself: its loss, as a share of that of the best constant
prediction. Of a squared error that is the share of the variance that stays unexplained,
of a log loss the share of the deviance. Where classes are as good as separable, weights
are held as loosely as is right there; as a classifier is cut down and explains less,
they are held more tightly. For a regressor the dense network's noise stands.

Rows that a classifier has learnt from flatter it: with more weights than rows it leaves
no noise on them, would not be held, and would go on leaving none. There the noise is no
less than on rows held out from another dense network (see ``held_out.py``). Where there
are none of these either, as in a stream, the share is the geometric mean of the one
seen and of one. It falls with the weights that are left for each bit that the labels
tell: few can flatter themselves little. A row of two classes as frequent as each other
tells one bit, of classes as one to nineteen .29 of it. And it falls less with the
inputs that a unit still reads (see ``penalty.py``): of the weights of a network that
is chosen by the rows that it learns from, those are left that fit their noise.

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

MOST_FLATTERED = 1 / 25
"""The same of a flattered network."""

READ, READ_FLATTERED = 0.5, 0.25
"""By which power of the share of inputs that a unit still reads it is held."""


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
    held_out : float or None
        The loss on rows held out from another network, if there were any.
    """

    whole: float
    blind: float
    n_told: float
    is_flattered: bool
    held_out: float | None = None

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
        cap = MOST_FLATTERED if is_flattered else MOST
        precision = USUAL if precision is None else precision
        whole = min(precision / n_rows, cap, most)
        n_told = n_rows * min(blind / math.log(2.0), 1.0)
        return cls(whole, blind, n_told, is_flattered)

    def at(self, loss: float, n_weights: float = math.inf) -> float:
        """Return the share at a loss of a network with so many weights.

        It is the whole where the network has no loss yet, and more weights than bits.
        """
        noise = self._noise(loss)
        if not self.is_flattered:
            return self.whole * noise
        if self.held_out is None:
            noise = noise**0.5
        else:
            noise = max(noise, self._noise(self.held_out))
        return self.whole * noise * min(1.0, n_weights / max(self.n_told, 1.0)) ** 0.25

    def _noise(self, loss: float) -> float:
        # Not finite, or no better than the constant, which has no loss where all
        # targets are equal.
        return loss / self.blind if loss < self.blind else 1.0

    @property
    def read_power(self) -> float:
        """The power of the share of inputs that a unit still reads."""
        return READ_FLATTERED if self.is_flattered else READ


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
