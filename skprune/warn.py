"""Warnings that point at the user's own line, however deep they are raised."""

import os
import sys
import warnings
from pathlib import Path

import joblib
import sklearn

_LIBRARIES = tuple(
    str(Path(file).parent) + os.sep
    for file in (__file__, sklearn.__file__, joblib.__file__)
)
"""Where code lies that calls us on a user's behalf."""


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the innermost line that is neither ours nor scikit-learn's.

    How many wrappers lie between a user and us, such as a search or a Pipeline, is not
    known beforehand, so no fixed ``stacklevel`` would do.

    Parameters
    ----------
    message : str
        What is the matter, and what to do.
    category : type of Warning, default=UserWarning
        Its class.
    """
    if sys.version_info >= (3, 12):
        warnings.warn(message, category, skip_file_prefixes=_LIBRARIES)
    else:
        warnings.warn(message, category, stacklevel=_level_of_user())


def _level_of_user() -> int:
    """Return the ``stacklevel`` that leads the caller's ``warn`` to the user."""
    # 1 is the line of the caller itself; from there outwards.
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_LIBRARIES):
        level, frame = level + 1, frame.f_back
    return level
