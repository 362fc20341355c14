"""A history that training without end does not fill memory with."""

from typing import Any

from skorch.history import History


class BoundedHistory(History):
    """The last epochs of a network, and the batches of the last two.

    ``epoch`` goes on counting all of them, which is what a callback that draws
    curves goes by.

    Parameters
    ----------
    n_kept : int
        At most so many epochs are kept.
    n_before : int
        Epochs run before this history.
    """

    def __init__(self, n_kept: int, n_before: int = 0):
        super().__init__()
        self.n_kept, self.n_dropped = n_kept, n_before

    def new_epoch(self) -> None:
        """Begin an epoch; drop the oldest if there are too many."""
        if len(self) == self.n_kept:
            del self[0]
            self.n_dropped += 1
        super().new_epoch()
        if len(self) > 2:
            # In a new row, so that a copy of the list is one of the history.
            self[-3] = {**self[-3], "batches": []}

    def record(self, attr: str, value: Any) -> None:
        """Record a value for the epoch; its number counts those dropped too."""
        super().record(attr, value + self.n_dropped if attr == "epoch" else value)
