"""The same training by our estimators and by skorch's own network.

What skorch's own network does under a callback is what its users know, so every test
of a callback runs on both: the one shows that the test is right, the other that we are.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from instances import classifier, regressor
from sklearn.datasets import make_classification, make_regression
from skorch import NeuralNetClassifier, NeuralNetRegressor
from skorch.callbacks import Callback
from skorch.dataset import ValidSplit

# Divisible neither by the batch size nor by ten: the last batch is a short one.
N_ROWS, BATCH_SIZE, RATE = 105, 20, 0.02
DENSE, PRUNING = 12, 6
EPOCHS = DENSE + PRUNING

X, y = make_classification(
    N_ROWS, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=0
)
X = X.astype(np.float32)
NUMBERS = make_regression(N_ROWS, 5, noise=5.0, random_state=0)[1].astype(np.float32)

WHOLE = {"tol": 0.0, "n_iter_no_change": np.inf, "max_iter": DENSE}
WHOLE |= {"prune_iter": PRUNING, "batch_size": BATCH_SIZE, "learning_rate_init": RATE}


class Case(NamedTuple):
    """How a network is to be trained, by whom."""

    subject: str
    split: bool

    def fit(self, callbacks: Sequence[Callback] = (), **parameters: Any) -> Any:
        """Return a network trained on the three classes; parameters are ours."""
        if self.subject == "skorch":
            return own(NeuralNetClassifier, 3, callbacks, self.split).fit(X, y)
        model = classifier(
            **WHOLE | parameters, callbacks=list(callbacks), early_stopping=self.split
        )
        return model.fit(X, y).net_

    def fit_numbers(self, callbacks: Sequence[Callback] = ()) -> Any:
        """Return a network trained on numbers."""
        if self.subject == "skorch":
            column = NUMBERS[:, None] / NUMBERS.std()
            return own(NeuralNetRegressor, 1, callbacks, self.split).fit(X, column)
        model = regressor(**WHOLE, callbacks=list(callbacks), early_stopping=self.split)
        return model.fit(X, NUMBERS).net_


def own(kind: type, n_outputs: int, callbacks: Sequence[Callback], split: bool) -> Any:
    """Return skorch's own network, not trained yet."""
    torch.manual_seed(0)
    module = torch.nn.Sequential(
        torch.nn.Linear(5, 8), torch.nn.ReLU(), torch.nn.Linear(8, n_outputs)
    )
    losses = {1: torch.nn.MSELoss, 3: torch.nn.CrossEntropyLoss}
    return kind(
        module,
        criterion=losses[n_outputs],
        optimizer=torch.optim.Adam,
        lr=RATE,
        max_epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        callbacks=list(callbacks),
        train_split=ValidSplit(10, stratified=n_outputs > 1) if split else None,
        verbose=0,
    )


class Seen(Callback):
    """Notes what a hook finds, whatever copy of the callback it is called on.

    Parameters
    ----------
    note : callable
        Of the network and the hook's keywords.
    hook : str
    """

    notes: list = []

    def __init__(self, note: Callable[..., Any], hook: str = "on_epoch_end"):
        self.note, self.hook = note, hook

    def initialize(self):
        setattr(self, self.hook, self._take)
        return self

    def _take(self, net, *args, **kwargs):
        Seen.notes.append(self.note(net, **kwargs))

    def on_batch_begin(self, net, **kwargs): ...
    def on_batch_end(self, net, **kwargs): ...
    def on_grad_computed(self, net, named_parameters, **kwargs): ...


def weights(net: Any) -> Any:
    """Return a copy of all weights and biases of a network, one after another."""
    parts = [p.detach().flatten() for p in net.module_.parameters()]
    return torch.cat(parts).numpy()
