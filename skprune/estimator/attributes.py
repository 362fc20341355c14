"""Attributes that are worked out when they are asked for, and those that are put back.

What training leaves is small and quickly noted; the compact network and its report
take longer than a step. So an estimator may *postpone* some of its attributes: each is
derived at its first use, together with those that come of the same work, and is from
then on an attribute like any other.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Derivation = Callable[[], dict[str, Any]]
"""Returns some attributes by name."""


class Derived:
    """An attribute that may be postponed.

    Of the two ways to an attribute the instance's own comes first, so that this one is
    gone only where there is nothing yet. Where nothing is postponed either, the
    attribute is missing.

    Parameters
    ----------
    doc : str
        Its documentation.
    """

    name: str

    def __init__(self, doc: str):
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        settle(instance, self.name)
        if self.name not in vars(instance):
            raise AttributeError(
                f"{type(instance).__name__!r} object has no attribute {self.name!r}"
            )
        return vars(instance)[self.name]


def postpone(instance: Any, work: Mapping[tuple[str, ...], Derivation]) -> None:
    """Let attributes be derived at their first use, each group by one function.

    What a function needs must not change until then.
    """
    pending = {name: derive for names, derive in work.items() for name in names}
    forget(instance, *pending)
    vars(instance)["_pending"] = pending


def settle(instance: Any, *names: str) -> None:
    """Derive the attributes named that are postponed; all of them by default."""
    pending = vars(instance).get("_pending", {})
    for name in names or tuple(pending):
        if name in pending and name not in vars(instance):
            vars(instance).update(pending[name]())
    if pending and pending.keys() <= vars(instance).keys():
        forget(instance, "_pending")


def forget(instance: Any, *names: str) -> None:
    """Take attributes away, if they are there."""
    for name in names:
        vars(instance).pop(name, None)


@contextmanager
def unchanged_on_error(estimator: Any) -> Iterator[None]:
    """Leave the estimator as it was if what is done meanwhile raises."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
