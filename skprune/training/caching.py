"""What a cached phase is known by, and whether it may be cached."""

import inspect
import pickle
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skprune.training.loop import Progress
    from skprune.training.net import PruningNet


def sources_of(callbacks: Any) -> tuple[str, ...] | None:
    """Return our version, and the code of what may change training.

    Another version may train otherwise: what one has cached is no other's. Pickled,
    and so hashed, a callback is its attributes and the name of its class; what it does
    stands in the code.

    Returns
    -------
    sources : tuple of str or None
        The version, then the code of the classes but skorch's own; None where a
        callback cannot be told from another, as it has no pickle or its class no
        source.
    """
    try:
        # joblib hashes the attributes, but passes over some that have no pickle.
        pickle.dumps(callbacks)
        code = [
            inspect.getsource(cls)
            for callback in callbacks or ()
            for cls in _class_of(callback).__mro__
            if cls.__module__.partition(".")[0] not in ("builtins", "skorch")
        ]
        return our_version(), *code
    # An attribute may raise anything when it is pickled.
    except Exception:
        return None


def our_version() -> str:
    """Return the version that is installed; nothing of a folder that is not."""
    try:
        return version("skprune")
    except PackageNotFoundError:
        return ""


def _class_of(callback: Any) -> type:
    # As skorch takes them: an object or its class, alone or after a name.
    each = callback[1] if isinstance(callback, tuple | list) else callback
    return each if isinstance(each, type) else type(each)


class Witness:
    """Passes on what a progress is told, and remembers whether it ended the phase."""

    def __init__(self, progress: "Progress"):
        self.progress, self.has_stopped = progress, False

    def begin_phase(self, name: str, n_epochs: float) -> None:
        """Pass on that a phase begins."""
        self.progress.begin_phase(name, n_epochs)

    def begin_epoch(self) -> None:
        """Pass on that an epoch begins."""
        self.progress.begin_epoch()

    def end_epoch(self, nets: Sequence["PruningNet"]) -> bool:
        """Pass on that an epoch is over; return True to end the phase."""
        stop = self.progress.end_epoch(nets)
        self.has_stopped = self.has_stopped or stop
        return stop

    def interrupted(self, phase: Any) -> None:
        """Pass on that the user cuts the phase short."""
        self.progress.interrupted(phase)

    def end_phase(self) -> None:
        """Pass on that the phase is over."""
        self.progress.end_phase()
