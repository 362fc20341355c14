"""A step of gated recurrent units."""

from typing import Any

import numpy as np

from skprune.export.scoring_file.network import FUNCTIONS


def advanced(maps: Any, state: Any, memory: Any) -> Any:
    """Return the next state, (rows, cells), given the cells' four maps; no memory."""
    sigmoid = FUNCTIONS["logistic"]
    reset, update, new, part = maps
    new = np.tanh(new + sigmoid(reset) * part)
    return new + sigmoid(update) * (state - new), memory
