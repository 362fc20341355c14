"""From what a report was made: versions, seeds, and hashes of all that went in."""

import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import _num_samples

PACKAGES = ("skprune", "numpy", "scipy", "scikit-learn", "skorch", "torch", "pandas")


def provenance(
    network: Any, random_state: Any, X: Any, y: Any, X_train: Any, y_train: Any
) -> dict[str, dict[str, str]]:
    """Return all of it, by kinds; what is not given is left out."""
    hashes = {
        "rows judged by": hash_of(X, y),
        "masks": hash_of_masks(network),
        "weights": hash_of_weights(network),
    }
    if X_train is not None:
        hashes["training rows"] = hash_of(X_train, y_train)
    params = network.get_params(deep=False)
    return {
        "made": {"at": now(), "rows": str(_num_samples(X))},
        "seeds": {
            "of the network": str(network.random_state),
            "of the report": str(random_state),
        },
        "parameters": {name: str(value) for name, value in params.items()},
        "versions": versions(),
        "sha256": hashes,
    }


def versions() -> dict[str, str]:
    """Return the versions of what has computed."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def hash_of(*data: Any) -> str:
    """Return the SHA-256 of tables and arrays, by their content.

    It depends neither on the order in memory nor on how a DataFrame is cut into
    blocks; on the dtypes, the names of the columns and the order of the rows it does.
    """
    digest = sha256()
    for one in data:
        for part in _parts(one):
            digest.update(part)
    return digest.hexdigest()


def hash_of_masks(network: Any) -> str:
    """Return the SHA-256 of what pruning kept, of all networks in turn."""
    masks = [one.masks_ for one in network._members()]
    return hash_of(*(mask[name] for mask in masks for name in sorted(mask)))


def hash_of_weights(network: Any) -> str:
    """Return the SHA-256 of the weights and biases that predict."""
    layers = [layer for one in network._members() for layer in one._predictor.layers]
    return hash_of(*(part for layer in layers for part in (layer.dense, layer.bias)))


def _parts(data: Any) -> Iterable[bytes]:
    if issparse(data):
        rows = data.tocsr().copy()
        rows.sum_duplicates()
        yield repr(rows.shape).encode()
        for array in (rows.indptr, rows.indices):
            yield array.astype(np.int64).tobytes()
        yield rows.data.tobytes()
    elif hasattr(data, "columns"):
        for name in data.columns:
            yield repr(name).encode()
            yield from _parts(data[name].to_numpy())
    else:
        array = np.asarray(data)
        yield f"{array.dtype.str}{array.shape}".encode()
        yield _content(array)


def _content(array: Any) -> bytes:
    if array.dtype == object:
        return "\0".join(map(repr, array.ravel().tolist())).encode()
    return np.ascontiguousarray(array).tobytes()
