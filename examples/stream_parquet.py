"""Train on a Parquet file that need not fit in memory, and score it with dask.

Writes synthetic loans to a temporary folder, trains on them batch by batch, and
scores them partition by partition. Prints the progress, and the peak memory beside
the size of the data. Needs skprune[dask]. Under a minute; with --rows as many as you
like, in the same memory.
"""

import argparse
import resource
import sys
import tempfile
from pathlib import Path

import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.preprocessing import StandardScaler

from skprune import PrunedMLPClassifier

FEATURES = [f"x{j}" for j in range(30)]
DENSE_PASSES, PRUNING_PASSES = 2, 2


def write_loans(path, n_rows, batch_size):
    """Write loans of which some are bad, a row group at a time."""
    rng = np.random.default_rng(0)
    scale = rng.uniform(0.1, 100.0, len(FEATURES)).astype(np.float32)
    kinds = [(name, pa.float32()) for name in FEATURES]
    schema = pa.schema([*kinds, ("bad", pa.int8())])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, n_rows, batch_size):
            size = (min(batch_size, n_rows - start), len(FEATURES))
            Z = rng.standard_normal(size, dtype=np.float32)
            risk = Z[:, 0] + Z[:, 1] * Z[:, 2] - 1.0
            bad = rng.random(len(Z)) < 1.0 / (1.0 + np.exp(-3.0 * risk))
            columns = [*(Z * scale).T, bad.astype(np.int8)]
            writer.write_batch(pa.record_batch(columns, schema=schema))


def read(path, batch_size):
    """Yield features and targets of one batch after another."""
    # By default all row groups are fetched ahead, and stay in memory.
    with pq.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size):
            columns = [batch[name].to_numpy() for name in FEATURES]
            yield np.column_stack(columns), batch["bad"].to_numpy()


def fit_scaler(path, batch_size):
    scaler = StandardScaler()
    for X, _ in read(path, batch_size):
        scaler.partial_fit(X)
    return scaler


def train(path, scaler, batch_size):
    """Train, prune and recover in a stated number of passes over the file."""
    n_calls = -(-pq.read_metadata(path).num_rows // batch_size)
    model = PrunedMLPClassifier(
        (64,),
        sparsity=0.9,
        max_iter=DENSE_PASSES * n_calls,
        prune_iter=PRUNING_PASSES * n_calls,
        # A call's loss is that of its own rows: no reason to end the stage early.
        n_iter_no_change=np.inf,
        random_state=0,
    )
    n_passes = DENSE_PASSES + PRUNING_PASSES
    for done in range(1, n_passes + 1):
        loss = 0.0
        for X, y in read(path, batch_size):
            model.partial_fit(scaler.transform(X), y, classes=[0, 1])
            loss += model.loss_ / n_calls
        print(
            f"pass {done} of {n_passes}: loss {loss:.4f}, "
            f"{model.sparsity_:.0%} of the weights gone, peak {peak():.0f} MB"
        )
    return model


def score_part(part, scaler, model):
    """Return the probability of a bad loan beside what came of it."""
    score = model.predict_proba(scaler.transform(part[FEATURES].to_numpy()))[:, 1]
    return pd.DataFrame({"score": score, "bad": part["bad"]}, index=part.index)


def score(path, scaler, model, to):
    """Write all scores, and return their mean squared error (the Brier score)."""
    loans = dd.read_parquet(path, split_row_groups=True)
    meta = {"score": np.float32, "bad": np.int8}
    scores = loans.map_partitions(score_part, scaler, model, meta=meta)
    scores.to_parquet(to, write_index=False)
    scores = dd.read_parquet(to, split_row_groups=True)
    error = (scores["score"] - scores["bad"]).astype(float) ** 2
    return float(error.mean().compute())


def peak():
    """Return the most memory that this process has held so far, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main(n_rows=2_000_000, batch_size=50_000):
    """Return the model and its Brier score."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "loans.parquet")
        write_loans(path, n_rows, batch_size)
        size = path.stat().st_size / 1e6
        print(f"{n_rows:,} rows, {size:.0f} MB; peak so far {peak():.0f} MB")
        scaler = fit_scaler(path, batch_size)
        model = train(path, scaler, batch_size)
        brier = score(path, scaler, model, Path(folder, "scores"))
    print(model.pruning_report_)
    print(f"Brier score {brier:.4f}; peak {peak():.0f} MB for {size:.0f} MB of data")
    return model, brier


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    main(parser.parse_args().rows)
