"""Settings that every test runs under."""

import os
import sys

# Read once, when NumPy and torch are first imported: so before they are.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

# The same examples in every run: a failure is one that everybody sees. Look
# for new ones with --hypothesis-profile=search.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("fixed")

# Scoring files that each release has written, of the same names in each folder.
collect_ignore_glob = ["backwards_compatibility/*/*.py"]


def pytest_collection_modifyitems(items):
    """Skip tests marked `cuda` where there is no CUDA device."""
    marked = [item for item in items if item.get_closest_marker("cuda")]
    if marked and not _has_cuda():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))


def _has_cuda():
    import torch

    return torch.cuda.is_available()


@pytest.fixture(autouse=True)
def one_torch_thread():
    """Cap torch's threads, in tests for which torch is loaded at all."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
