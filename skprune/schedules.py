"""How much is gone at which progress of the pruning ramp.

A schedule maps progress in [0, 1] to the share, in [0, 1], of all units due to
go that are gone by then. Write one's own as a subclass of :class:`Schedule`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable


class Schedule(ABC):
    """Share of the removal that is done at each progress of the ramp.

    Laws: ``schedule(1.0) == 1.0``, and ``schedule`` never falls.

    Attributes
    ----------
    rewinds : bool
        Whether the weights that stay return to their early values at each
        further cut, as the lottery ticket procedure does.
    """

    rewinds: bool = False

    @abstractmethod
    def __call__(self, progress: float) -> float:
        """Return the share gone at ``progress`` in [0, 1]."""

    def __repr__(self) -> str:
        args = ", ".join(f"{k}={v!r}" for k, v in sorted(vars(self).items()))
        return f"{type(self).__name__}({args})"


class OneShot(Schedule):
    """Everything at once, as soon as pruning starts."""

    def __call__(self, progress: float) -> float:
        return 1.0


class Linear(Schedule):
    """The same number of units at each step."""

    def __call__(self, progress: float) -> float:
        return progress


class Cubic(Schedule):
    """Fast while much is redundant, slow towards the end: ``1 - (1 - p)**3``.

    References
    ----------
    M. Zhu and S. Gupta, "To prune, or not to prune: exploring the efficacy of
    pruning for model compression", ICLR workshop, 2018.
    """

    def __call__(self, progress: float) -> float:
        return 1.0 - (1.0 - progress) ** 3


class Iterative(Schedule):
    """Prune, retrain, repeat: equal shares of what is left, in ``n_rounds`` cuts.

    Parameters
    ----------
    n_rounds : int, default=5
        Number of cuts; between two of them the network is retrained.

    References
    ----------
    S. Han, J. Pool, J. Tran and W. Dally, "Learning both weights and
    connections for efficient neural networks", NeurIPS, 2015.
    """

    # Each round removes the same share of the survivors. Over a whole ramp to
    # share 1 that is undefined (the last survivor never goes), so the shares are
    # those of a ramp to `final`: (1 - (1 - final)**(r / n)) / final.
    final = 0.95

    def __init__(self, n_rounds: int = 5):
        self.n_rounds = n_rounds

    def __call__(self, progress: float) -> float:
        done = min(int(progress * self.n_rounds) + 1, self.n_rounds)
        return (1.0 - (1.0 - self.final) ** (done / self.n_rounds)) / self.final


class Lottery(Iterative):
    """Iterative pruning that rewinds the survivors to their early weights.

    References
    ----------
    J. Frankle and M. Carbin, "The lottery ticket hypothesis: finding sparse,
    trainable neural networks", ICLR, 2019; with rewinding to an early epoch
    rather than to the start: J. Frankle, G. K. Dziugaite, D. Roy and M. Carbin,
    "Linear mode connectivity and the lottery ticket hypothesis", ICML, 2020.
    """

    rewinds = True


SCHEDULES: dict[str, Callable[[], Schedule]] = {
    "one_shot": OneShot,
    "linear": Linear,
    "cubic": Cubic,
    "iterative": Iterative,
    "lottery": Lottery,
}


def get_schedule(schedule: str | Schedule) -> Schedule:
    """Return the schedule of a name, or the schedule itself.

    Examples
    --------
    >>> from skprune.schedules import get_schedule
    >>> get_schedule("cubic")(0.5)
    0.875
    """
    return schedule if isinstance(schedule, Schedule) else SCHEDULES[schedule]()
