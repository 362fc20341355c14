"""Integrated gradients of a perceptron: in closed form, or else by a quadrature."""

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad_vec

from skprune.inspection.closed_form import closed_form, has_closed_form
from skprune.inspection.score_network import ScoreNetwork
from skprune.inspection.slopes import SLOPES

Floats = NDArray[np.float64]

QUADRATURE_ERROR = 1e-8
"""What a contribution is off by at most where it is no closed form, in units of the
network's largest score where that is above 1."""

ROWS_AT_ONCE = 256


def path_contributions(network: ScoreNetwork, x: Floats, start: Floats) -> Floats:
    """Return what each column contributes to ``f(x) - f(start)``.

    Parameters
    ----------
    network : ScoreNetwork
    x : ndarray of shape (n_rows, n_columns)
        The columns that the network reads.
    start : ndarray of shape (n_columns,)
        The baseline.

    Returns
    -------
    contributions : ndarray of shape (n_rows, n_columns)

    Raises
    ------
    RuntimeError
        If a quadrature does not come to ``QUADRATURE_ERROR``.
    """
    if has_closed_form(network):
        return closed_form(network, x, start)
    parts = [
        _by_quadrature(network, x[i : i + ROWS_AT_ONCE], start)
        for i in range(0, len(x), ROWS_AT_ONCE)
    ]
    return np.concatenate([np.empty((0, len(start))), *parts])


def _by_quadrature(network: ScoreNetwork, x: Floats, start: Floats) -> Floats:
    """Return the contributions by adaptive quadrature."""
    step = x - start
    size = max(1.0, float(np.abs(network(x)).max(initial=0)))

    def integrand(t: float) -> Floats:
        return step * _gradient(network, start + t * step)

    contributions, error, info = quad_vec(
        integrand,
        0.0,
        1.0,
        epsabs=QUADRATURE_ERROR * size,
        epsrel=0.0,
        norm="max",
        quadrature="gk21",
        full_output=True,
    )
    if not info.success:
        raise RuntimeError(
            "The integral along the path is known to "
            f"{error / size:.1e} only: the network is too steep for a quadrature. "
            "Give a baseline that is nearer to the rows, or use activation='relu', "
            "whose reasons are exact."
        )
    return np.asarray(contributions)


def _gradient(network: ScoreNetwork, x: Floats) -> Floats:
    slopes = []
    for layer in network.hidden:
        z = layer(x)
        slopes.append(SLOPES[layer.activation].derivative(z))
        x = SLOPES[layer.activation].function(z)
    gradient = np.broadcast_to(network.readout, x.shape)
    for layer, slope in zip(reversed(network.hidden), reversed(slopes), strict=True):
        gradient = gradient * slope @ layer.weight
    return gradient
