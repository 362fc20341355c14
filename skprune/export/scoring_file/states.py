"""What a network reads of windows: the last state of recurrent layers."""

from typing import Any

import numpy as np


def seen(model: dict[str, Any], k: int, rows: Any) -> Any:
    """Return what the linear layers of network ``k`` read, (n_samples, n_cells)."""
    factors = model[f"factors_{k}"]
    read = rows[:, model[f"columns_{k}"]].reshape(len(rows), len(factors), -1)
    steps = (read * factors[:, None]).swapaxes(0, 1)
    for i in range(int(model["n_recurrent"])):
        steps = _states(model[f"gates_{k}_{i}"], model[f"gate_bias_{k}_{i}"], steps)
    return steps[-1]


def _states(weight: Any, bias: Any, steps: Any) -> Any:
    """Return the states of long short-term memory cells, (steps, rows, cells)."""
    n_cells = len(bias) // 4
    states = np.zeros((len(steps) + 1, steps.shape[1], n_cells), steps.dtype)
    memory = states[0]
    for t, inputs in enumerate(steps):
        gates = np.concatenate([inputs, states[t]], axis=1) @ weight + bias
        new = np.tanh(gates[:, 2 * n_cells : 3 * n_cells])
        # By tanh a sigmoid never overflows.
        enter, stay, _, leave = np.split((np.tanh(gates / 2) + 1) / 2, 4, axis=1)
        memory = stay * memory + enter * new
        states[t + 1] = leave * np.tanh(memory)
    return states[1:]
