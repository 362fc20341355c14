"""What a fit has learnt from is free when it is over, not when cycles are collected."""

import gc
import weakref

import numpy as np
import pytest
from instances import classifier
from parts import Batches

from skprune.model_selection import SparsitySearchCV

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(120, 6)).astype(np.float32)
y = (X[:, 0] > 0).astype(int)


@pytest.fixture
def held(monkeypatch):
    """Return weak references to all batches that are made, no cycle being collected."""
    made = []
    begin = Batches.__init__

    def noted(self, *args, **kwargs):
        begin(self, *args, **kwargs)
        made.append(weakref.ref(self))

    monkeypatch.setattr(Batches, "__init__", noted)
    gc.disable()
    yield made
    gc.enable()


@pytest.mark.parametrize("early_stopping", [False, True])
def test_of_a_network(held, early_stopping):
    model = classifier(early_stopping=early_stopping, sparsity=0.5, max_iter=3)
    model.set_params(prune_alpha="auto").fit(X, y)
    assert held and not any(batches() for batches in held)


def test_of_a_search(held):
    model = classifier(prune_alpha="auto", early_stopping=True, max_iter=3)
    search = SparsitySearchCV(model, sparsities=[0, 0.5, 0.8], cv=3).fit(X, y)
    assert len(held) > 3 and not any(batches() for batches in held)
    assert search.best_score_ > 0.5
