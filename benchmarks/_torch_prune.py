"""The peer that torch ships: one-shot magnitude masks, then fine-tuning."""

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn.utils import prune


class OneShotTorch:
    """A perceptron trained, masked by ``global_unstructured``, and fine-tuned.

    Parameters
    ----------
    hidden : tuple of int
    sparsity : float
    seed : int
    """

    def __init__(self, hidden, sparsity, seed, max_iter=200, fine_tune=20):
        self.hidden, self.sparsity, self.seed = hidden, sparsity, seed
        self.max_iter, self.fine_tune = max_iter, fine_tune

    def fit(self, X, y):
        torch.manual_seed(self.seed)
        widths = (X.shape[1], *self.hidden, 1)
        parts = [
            part
            for a, b in zip(widths, widths[1:], strict=False)
            for part in (nn.Linear(a, b), nn.ReLU())
        ]
        self.net = nn.Sequential(*parts[:-1])
        split = train_test_split(
            X, y.astype(np.float32), test_size=0.1, stratify=y, random_state=self.seed
        )
        data = [torch.from_numpy(np.ascontiguousarray(part)) for part in split]
        self._train(data, self.max_iter, patience=10)
        layers = [(m, "weight") for m in self.net if isinstance(m, nn.Linear)]
        prune.global_unstructured(
            layers, pruning_method=prune.L1Unstructured, amount=self.sparsity
        )
        self._train(data, self.fine_tune, patience=self.fine_tune)
        return self

    def _train(self, data, n_epochs, patience):
        X, X_valid, y, y_valid = data
        loss_of = nn.BCEWithLogitsLoss()
        optimizer = torch.optim.Adam(self.net.parameters(), 1e-3)
        best, state, since = np.inf, None, 0
        for _ in range(n_epochs):
            for rows in torch.randperm(len(X)).split(200):
                optimizer.zero_grad()
                loss_of(self.net(X[rows])[:, 0], y[rows]).backward()
                optimizer.step()
            with torch.no_grad():
                loss = float(loss_of(self.net(X_valid)[:, 0], y_valid))
            since = 0 if loss < best else since + 1
            if loss < best:
                best = loss
                state = {k: v.clone() for k, v in self.net.state_dict().items()}
            if since > patience:
                break
        self.net.load_state_dict(state)

    @torch.no_grad()
    def predict_proba(self, X):
        p = torch.sigmoid(self.net(torch.from_numpy(X))).numpy()
        return np.hstack([1 - p, p])
