"""What a network reads of windows: the last state of recurrent layers."""

from typing import Any

import numpy as np

from skprune.export.scoring_file.lstm import advanced


def seen(model: dict[str, Any], k: int, rows: Any) -> Any:
    """Return what the linear layers of network ``k`` read, (n_samples, n_cells)."""
    factors = model[f"factors_{k}"]
    read = rows[:, model[f"columns_{k}"]].reshape(len(rows), len(factors), -1)
    steps = (read * factors[:, None]).swapaxes(0, 1)
    for i in range(int(model["n_recurrent"])):
        steps = _states(model[f"gates_{k}_{i}"], model[f"gate_bias_{k}_{i}"], steps)
    return steps[-1]


def _states(weight: Any, bias: Any, steps: Any) -> Any:
    """Return the states of a layer, (steps, rows, cells)."""
    n_cells = len(bias) // 4
    states = np.zeros((len(steps) + 1, steps.shape[1], n_cells), steps.dtype)
    memory = states[0]
    for t, inputs in enumerate(steps):
        maps = np.concatenate([inputs, states[t]], axis=1) @ weight + bias
        parts = np.split(maps, 4, axis=1)
        states[t + 1], memory = advanced(parts, states[t], memory)
    return states[1:]
