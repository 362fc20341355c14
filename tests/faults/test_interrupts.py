"""Ctrl-C ends whatever search a fit is part of."""

import numpy as np
import pytest
from instances import classifier
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, cross_val_score
from skorch.callbacks import Callback

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(80, 5, random_state=0)


class InterruptOnce(Callback):
    """Presses Ctrl-C in one of several fits, and counts them."""

    n_fits, at = 0, 0

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        type(self).n_fits += 1

    def on_epoch_end(self, net, **kwargs):
        if self.n_fits == self.at:
            raise KeyboardInterrupt


@pytest.fixture
def interrupt(monkeypatch):
    monkeypatch.setattr(InterruptOnce, "n_fits", 0)
    monkeypatch.setattr(InterruptOnce, "at", 3)
    return InterruptOnce()


@pytest.mark.parametrize("error_score", [np.nan, "raise"])
def test_a_search_ends(interrupt, error_score):
    search = GridSearchCV(
        classifier(callbacks=[interrupt]),
        {"sparsity": [0.2, 0.5]},
        cv=3,
        n_jobs=1,
        error_score=error_score,
    )
    with pytest.warns(UserWarning, match="interrupted by user"):
        with pytest.raises(KeyboardInterrupt):
            search.fit(X, y)
    # Dense and pruning of the first fold, dense of the second; and no more.
    assert InterruptOnce.n_fits == 3
    assert not hasattr(search, "cv_results_")


@pytest.mark.parametrize("n_networks", [1, 2])
def test_a_cross_validation_ends(interrupt, n_networks):
    model = classifier(callbacks=[interrupt], n_networks=n_networks)
    with pytest.warns(UserWarning, match="interrupted by user"):
        with pytest.raises(KeyboardInterrupt):
            cross_val_score(model, X, y, cv=3)
