"""From the layers of a compact network to those that are stored."""

from collections.abc import Sequence
from typing import Any

from skprune.inference import Layer
from skprune.networks.kind import Array, Rescaling
from skprune.networks.module import PrunableModule
from skprune.networks.rounding import module_scales


def stored_layers(
    layers: Sequence[tuple[Array, Array]],
    rows: Sequence[Array],
    module: PrunableModule,
    n_bits: int | None,
    into_own_units: Rescaling,
) -> list[Layer]:
    """Return compact layers as they are stored, the last in the target's own units.

    Parameters
    ----------
    layers : sequence of (weight, bias)
    rows : sequence of ndarray of int
        Which rows are left of each layer of the module but the last.
    module : PrunableModule
        Its rows' scales are stored: what is left of a row may lack the largest weight.
    n_bits : int or None
    into_own_units : callable

    Returns
    -------
    stored : list of Layer
    """
    weight, bias = layers[-1]
    layers = [*layers[:-1], into_own_units(weight, bias)]
    if n_bits is None:
        return [Layer(*layer) for layer in layers]
    *hidden, last = (scale.numpy() for scale in module_scales(module, n_bits))
    scales: list[Any] = [s[kept] for s, kept in zip(hidden, rows, strict=True)]
    scales.append(into_own_units(last[:, None], bias)[0].ravel())
    pairs = zip(layers, scales, strict=True)
    return [Layer(*layer, n_bits, scale) for layer, scale in pairs]
