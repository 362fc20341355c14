r"""What several judges say together, each counting as much as it has been worth.

The opinion :math:`p_j` of judge :math:`j` enters the pool with an exponent:

.. math:: p_c \propto \prod_j p_{jc}^{a_j}, \quad a_j \ge 0

A judge whose exponent is 0 has no say. Judges who are each too cautious are
together as sure as they have been right: the exponents need not sum to 1. They are
those that make the targets of rows that no judge has seen likeliest: a convex problem.

A number is judged by its prediction alone. If that is the mean of a normal
distribution, the pool is normal again, its mean the weighted mean of theirs, and the
likeliest weights are those of the least squares.

References
----------
C. Genest and J. Zidek, "Combining probability distributions: a critique and an
annotated bibliography", Statistical Science 1, 1986.

L. Breiman, "Stacked regressions", Machine Learning 24, 1996.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, nnls
from scipy.special import log_softmax

from skprune.estimator.truth import SMALLEST, Truth

Floats = NDArray[np.float64]


def likeliest_exponents(told: Floats, truth: Truth, rows: NDArray[np.intp]) -> Floats:
    """Return the exponents under which the pool makes the targets likeliest.

    Parameters
    ----------
    told : ndarray of shape (n_judges, n_rows, n_outputs)
        What each judge says of rows that it has not seen.
    truth : Truth
    rows : ndarray of int of shape (n_rows,)
        Which rows these are.

    Returns
    -------
    exponents : ndarray of shape (n_judges,)
        Of numbers they sum to 1, as only their proportions tell anything.
    """
    y = truth.numbers()
    if truth.is_label:
        return _likeliest(_log_shares(told, truth), _taken(y[rows], truth))
    spread = y.std(0)
    errors = (told - y[rows]) / np.where(spread > 0, spread, 1.0)
    return _least_squares(errors.reshape(len(told), -1))


def pooled(told: Floats, exponents: Floats, truth: Truth) -> Floats:
    """Return what judges say together, (n_rows, n_outputs)."""
    if not truth.is_label:
        return np.tensordot(exponents, told, axes=1)
    log_shares = _log_shares(told, truth)
    shares = np.exp(log_softmax(np.tensordot(exponents, log_shares, axes=1), axis=1))
    if truth.classes is None:
        return shares[:, 1].reshape(told.shape[1:])
    return shares


def parts(exponents: Floats) -> Floats:
    """Return the parts that judges have in the pool; alike where none has any."""
    total = exponents.sum()
    alike = np.full(len(exponents), 1 / len(exponents))
    return exponents / total if total > 0 else alike


def _log_shares(told: Floats, truth: Truth) -> Floats:
    """Return logarithms of the classes' shares, (n_judges, n_choices, n_classes).

    Each row is a choice among the classes, or one of two for each of its labels.
    """
    if truth.classes is None:
        told = np.stack([1.0 - told, told], -1).reshape(len(told), -1, 2)
    return np.log(np.clip(told, SMALLEST, None))


def _taken(y: Floats, truth: Truth) -> Floats:
    """Return 1 where a class is the one of its choice, (n_choices, n_classes)."""
    if truth.classes is None:
        return np.stack([1.0 - y, y], -1).reshape(-1, 2)
    return y


def _likeliest(log_shares: Floats, taken: Floats) -> Floats:
    n_judges, n_choices, _ = log_shares.shape

    def loss(a: Floats) -> tuple[float, Floats]:
        log_p = log_softmax(np.tensordot(a, log_shares, axes=1), axis=1)
        # Of the softmax: its outputs less the targets, times the inputs.
        slopes = np.tensordot(log_shares, np.exp(log_p) - taken, axes=2)
        return -(taken * log_p).sum() / n_choices, slopes / n_choices

    start = np.full(n_judges, 1 / n_judges)
    bounds = [(0.0, None)] * n_judges
    found: Floats = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    return found


def _least_squares(errors: Floats) -> Floats:
    r"""Return the weights :math:`w \ge 0` that sum to 1 and leave the least errors.

    The sum is a last equation, :math:`1^T w = 1`. With :math:`w = s u` and :math:`u` of
    sum 1 the squares are :math:`s^2 \|E u\|^2 + (1 - s)^2`, at the best :math:`s` an
    increasing function of :math:`\|E u\|^2`: the direction is that of the least errors.
    """
    system = np.vstack([errors.T, np.ones(len(errors))])
    found, _ = nnls(system, np.r_[np.zeros(errors.shape[1]), 1.0])
    return parts(found)
