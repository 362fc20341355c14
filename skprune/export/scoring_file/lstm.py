"""A step of long short-term memory cells."""

from typing import Any

import numpy as np

from skprune.export.scoring_file.network import FUNCTIONS


def advanced(maps: Any, state: Any, memory: Any) -> Any:
    """Return the next state and memory, (rows, cells), given the cells' four maps."""
    sigmoid = FUNCTIONS["logistic"]
    enter, stay, new, leave = maps
    memory = sigmoid(stay) * memory + sigmoid(enter) * np.tanh(new)
    return sigmoid(leave) * np.tanh(memory), memory
