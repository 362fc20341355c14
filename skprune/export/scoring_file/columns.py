"""What a perceptron reads of rows: some of their columns."""

from typing import Any


def seen(model: dict[str, Any], k: int, rows: Any) -> Any:
    """Return what the linear layers of network ``k`` read, (n_samples, n_inputs)."""
    return rows[:, model[f"columns_{k}"]]
