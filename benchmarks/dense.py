"""Is dense training as good, and as fast, as what there is.

First, 5-fold AUC at sparsity 0 and 0.9 on three credit sets, beside the figures
of a well-trained dense network and a logistic regression; sets that do not ship
with the package are left out where they are absent.

Second, CPU seconds to fit the same dense network with the same batches for the same
number of epochs, on one thread: scikit-learn's, ours at sparsity 0, and skorch's
as it comes. Each is the best of three fits, taken in turn.
"""

import warnings
from time import process_time

import numpy as np
import torch
from _credit import available, german, polish, preprocessing, taiwan
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from skorch import NeuralNetClassifier
from threadpoolctl import threadpool_limits

from skprune import PrunedMLPClassifier

FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)

# Loader, the AUC of a well-trained dense network, and how the inputs are prepared.
SETS = {
    "german": (german, 0.78, preprocessing),
    "taiwan": (lambda: taiwan(30_000), 0.776, preprocessing),
    "polish": (polish, 0.94, lambda n_rows: ranks_and_gaps()),
}


def ranks_and_gaps():
    """Return ranks, and columns that say where there was no value."""
    filled = SimpleImputer(strategy="median", add_indicator=True)
    ranks = QuantileTransformer(output_distribution="normal", random_state=0)
    return make_pipeline(filled, ranks, StandardScaler())


def network(sparsity):
    return PrunedMLPClassifier(early_stopping=True, sparsity=sparsity, random_state=0)


def quality():
    """Print the mean AUC over five folds, and its standard error."""
    print(f"{'':8}{'goal':>7}{'logistic':>16}{'dense':>16}{'sparsity 0.9':>16}")
    for name in [name for name in SETS if name in available()]:
        load, goal, prepared = SETS[name]
        X, y = load()
        prepare = prepared(len(y) * 4 // 5)
        models = LogisticRegression(max_iter=1000), network(0.0), network(0.9)
        cells = [auc(make_pipeline(prepare, model), X, y) for model in models]
        print(f"{name:8}{goal:7.3f}" + "".join(f"{cell:>16}" for cell in cells))


def auc(model, X, y):
    scores = cross_val_score(model, X, y, cv=FOLDS, scoring="roc_auc")
    return f"{scores.mean():.3f} +- {scores.std(ddof=1) / np.sqrt(5):.3f}"


EPOCHS, BATCH, HIDDEN = 20, 200, 100
SHAPES = [(1000, 20), (10_000, 20), (10_000, 100)]


def of_scikit_learn(X, y):
    model = MLPClassifier(
        (HIDDEN,), batch_size=BATCH, max_iter=EPOCHS, n_iter_no_change=EPOCHS
    )
    return model.fit(X, y)


def of_skprune(X, y):
    model = PrunedMLPClassifier(
        (HIDDEN,), batch_size=BATCH, max_iter=EPOCHS, n_iter_no_change=EPOCHS,
        sparsity=0.0,
    )  # fmt: skip
    return model.fit(X, y)


def of_skorch(X, y):
    layers = torch.nn.Linear(X.shape[1], HIDDEN), torch.nn.ReLU()
    module = torch.nn.Sequential(*layers, torch.nn.Linear(HIDDEN, 2))
    model = NeuralNetClassifier(
        module, criterion=torch.nn.CrossEntropyLoss, optimizer=torch.optim.Adam,
        batch_size=BATCH, max_epochs=EPOCHS, lr=0.001, train_split=None, verbose=0,
    )  # fmt: skip
    return model.fit(X, y)


FITS = {"MLPClassifier": of_scikit_learn, "skprune": of_skprune, "skorch": of_skorch}


def speed():
    """Print CPU seconds a dense fit, the best of three taken in turn."""
    print(f"{'rows x columns':16}" + "".join(f"{name:>15}" for name in FITS))
    for n_rows, n_columns in SHAPES:
        rng = np.random.default_rng(0)
        X = rng.normal(size=(n_rows, n_columns)).astype(np.float32)
        y = (X[:, 0] + rng.normal(size=n_rows) > 0).astype(np.int64)
        taken = [[seconds(fit, X, y) for fit in FITS.values()] for _ in range(3)]
        best = np.min(taken, axis=0)
        shape = f"{n_rows} x {n_columns}"
        print(f"{shape:16}" + "".join(f"{found:15.2f}" for found in best))


def seconds(fit, X, y):
    start = process_time()
    fit(X, y)
    return process_time() - start


if __name__ == "__main__":
    torch.set_num_threads(1)
    # The epochs are meant to be as few as they are.
    warnings.simplefilter("ignore", ConvergenceWarning)
    with threadpool_limits(1):
        print("AUC, 5 folds: mean and standard error")
        quality()
        print(f"\nCPU seconds: {HIDDEN} units, {EPOCHS} epochs, batches of {BATCH}")
        speed()
