"""How much is gone at which progress of the pruning ramp.

A schedule maps progress in [0, 1] to the share, in [0, 1], of all units due to
go that are gone by then. Write one's own as a subclass of :class:`Schedule`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

__all__ = [
    "Cubic",
    "Iterative",
    "Linear",
    "Lottery",
    "OneShot",
    "Schedule",
    "get_schedule",
]


class Schedule(ABC):
    """Share of the removal that is done at each progress of the ramp.

    Laws: ``schedule(1.0) == 1.0``, and ``schedule`` never falls.

    Attributes
    ----------
    rewinds : bool
        Whether the weights that stay return to their early values at each
        further cut, as the lottery ticket procedure does.

    See Also
    --------
    get_schedule : The schedule of a name.
    skprune.criteria.Criterion : Which units go.

    Examples
    --------
    Nothing for the first half, then at an even pace:

    >>> from skprune.schedules import Schedule
    >>> class Late(Schedule):
    ...     def __call__(self, progress):
    ...         return max(0.0, 2 * progress - 1)
    >>> Late()(0.75)
    0.5
    """

    rewinds: bool = False

    @abstractmethod
    def __call__(self, progress: float) -> float:
        """Return the share gone at ``progress`` in [0, 1]."""

    def __repr__(self) -> str:
        args = ", ".join(f"{k}={v!r}" for k, v in sorted(vars(self).items()))
        return f"{type(self).__name__}({args})"


class OneShot(Schedule):
    """Everything at once, as soon as pruning starts.

    See Also
    --------
    Cubic : The default.

    Examples
    --------
    >>> from skprune.schedules import OneShot
    >>> [round(OneShot()(p), 3) for p in (0.0, 0.5, 1.0)]
    [1.0, 1.0, 1.0]
    """

    def __call__(self, progress: float) -> float:
        return 1.0


class Linear(Schedule):
    """The same number of units at each step.

    See Also
    --------
    Cubic : The default.

    Examples
    --------
    >>> from skprune.schedules import Linear
    >>> [round(Linear()(p), 3) for p in (0.0, 0.5, 1.0)]
    [0.0, 0.5, 1.0]
    """

    def __call__(self, progress: float) -> float:
        return progress


class Cubic(Schedule):
    """Fast while much is redundant, slow towards the end: ``1 - (1 - p)**3``.

    See Also
    --------
    Linear : At the same pace throughout.

    References
    ----------
    M. Zhu and S. Gupta, "To prune, or not to prune: exploring the efficacy of
    pruning for model compression", ICLR workshop, 2018.

    Examples
    --------
    >>> from skprune.schedules import Cubic
    >>> [round(Cubic()(p), 3) for p in (0.0, 0.5, 1.0)]
    [0.0, 0.875, 1.0]
    """

    def __call__(self, progress: float) -> float:
        return 1.0 - (1.0 - progress) ** 3


class Iterative(Schedule):
    """Prune, retrain, repeat: equal shares of what is left, in ``n_rounds`` cuts.

    Parameters
    ----------
    n_rounds : int, default=5
        Number of cuts; between two of them the network is retrained.

    See Also
    --------
    Lottery : The same cuts, after which weights are set back.

    References
    ----------
    S. Han, J. Pool, J. Tran and W. Dally, "Learning both weights and
    connections for efficient neural networks", NeurIPS, 2015.

    Examples
    --------
    >>> from skprune.schedules import Iterative
    >>> [round(Iterative()(p), 3) for p in (0.0, 0.5, 1.0)]
    [0.474, 0.878, 1.0]
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

    Parameters
    ----------
    n_rounds : int, default=5
        Number of cuts; between two of them the network is retrained.

    See Also
    --------
    Iterative : The same cuts, after which training goes on.

    References
    ----------
    J. Frankle and M. Carbin, "The lottery ticket hypothesis: finding sparse,
    trainable neural networks", ICLR, 2019; with rewinding to an early epoch
    rather than to the start: J. Frankle, G. K. Dziugaite, D. Roy and M. Carbin,
    "Linear mode connectivity and the lottery ticket hypothesis", ICML, 2020.

    Examples
    --------
    >>> from skprune.schedules import Lottery
    >>> [round(Lottery()(p), 3) for p in (0.0, 0.5, 1.0)]
    [0.474, 0.878, 1.0]
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

    Parameters
    ----------
    schedule : str or Schedule
        A name that an estimator takes, or an object.

    Returns
    -------
    schedule : Schedule
        New, where a name was given.

    See Also
    --------
    Schedule : What a schedule promises.

    Examples
    --------
    >>> from skprune.schedules import get_schedule
    >>> get_schedule("cubic")(0.5)
    0.875
    """
    return schedule if isinstance(schedule, Schedule) else SCHEDULES[schedule]()
