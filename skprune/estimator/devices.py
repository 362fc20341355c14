"""Where a network is trained."""

from typing import Any

import torch


def usable_device(device: Any) -> str:
    """Return the name of a device that is there.

    Raises
    ------
    ValueError
        If it is not, or if it is none.
    """
    try:
        torch.ones(1, dtype=torch.float32, device=torch.device(device)).numpy(
            force=True
        )
    # A build without CUDA asserts that it has it.
    except (RuntimeError, TypeError, AssertionError) as error:
        raise ValueError(
            f"device={device!r} cannot be used here: {error}. Give 'cpu', or the name "
            "of a torch device of this machine, such as 'cuda' or 'cuda:0'."
        ) from error
    return str(device)
