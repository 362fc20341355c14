"""torch on one thread, whatever the process's settings are."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import torch


class _ThreadCount:
    """The number of torch's threads: 1 while anybody needs it so.

    torch keeps the number for the whole process. The first to come notes it, the last
    to go restores it, so that fits in several threads lose nothing between them.
    """

    def __init__(self) -> None:
        self.lock, self.n_users, self.before = Lock(), 0, 1

    def enter(self) -> None:
        with self.lock:
            if self.n_users == 0:
                self.before = torch.get_num_threads()
            self.n_users += 1
            torch.set_num_threads(1)

    def leave(self) -> None:
        with self.lock:
            self.n_users -= 1
            if self.n_users == 0:
                torch.set_num_threads(self.before)


_COUNT = _ThreadCount()


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch as results need it: on one thread, and with gradients to be had.

    Sums over several threads depend on their number.
    """
    _COUNT.enter()
    try:
        with torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        _COUNT.leave()
