"""Small pruned networks under the names of what scikit-learn tests its selectors on.

Each has the parameters that the tests give its namesake. What has a meaning for a
network is passed on; the rest is only kept.
"""

from typing import Any

from skprune import PrunedMLPClassifier, PrunedMLPRegressor

SMALL = {"hidden_layer_sizes": (16,), "learning_rate_init": 0.02, "prune_iter": 10}
SMALL |= {"sparsity": 0.5}
EPOCHS = 60


class SVC(PrunedMLPClassifier):
    def __init__(self, kernel: str = "linear", random_state: Any = 0):
        super().__init__(**SMALL, max_iter=EPOCHS, random_state=random_state)
        self.kernel = kernel


class SVR(PrunedMLPRegressor):
    def __init__(self, kernel: str = "linear", random_state: Any = 0):
        super().__init__(**SMALL, max_iter=EPOCHS, random_state=random_state)
        self.kernel = kernel


class LinearSVC(PrunedMLPClassifier):
    def __init__(self, C: float = 1.0, random_state: Any = 0):
        super().__init__(**SMALL, max_iter=EPOCHS, random_state=random_state)
        self.C = C


class LogisticRegression(PrunedMLPClassifier):
    def __init__(self, fit_intercept: bool = True, random_state: Any = 0):
        super().__init__(**SMALL, max_iter=EPOCHS, random_state=random_state)
        self.fit_intercept = fit_intercept


class RandomForestClassifier(PrunedMLPClassifier):
    def __init__(
        self, n_estimators: int = 100, max_depth: Any = None, random_state: Any = 0
    ):
        super().__init__(**SMALL, max_iter=EPOCHS, random_state=random_state)
        self.n_estimators, self.max_depth = n_estimators, max_depth


class SGDClassifier(PrunedMLPClassifier):
    def __init__(
        self,
        alpha: float = 0.0001,
        max_iter: int = EPOCHS,
        tol: float | None = 1e-4,
        shuffle: bool = True,
        random_state: Any = 0,
        learning_rate: str = "constant",
    ):
        super().__init__(
            **SMALL,
            alpha=alpha,
            max_iter=max_iter,
            tol=0.0 if tol is None else tol,
            shuffle=shuffle,
            random_state=random_state,
        )


class LinearRegression(PrunedMLPRegressor):
    def __init__(self, random_state: Any = 0):
        super().__init__(
            (8,),
            "identity",
            learning_rate_init=0.05,
            max_iter=20,
            sparsity=0.0,
            random_state=random_state,
        )
