"""Tiny estimators that fit in a blink, by what they show."""

from skprune import PrunedMLPClassifier, PrunedMLPRegressor

TINY = {"hidden_layer_sizes": (8,), "max_iter": 12, "prune_iter": 6}
TINY |= {"learning_rate_init": 0.02, "random_state": 0, "sparsity": 0.7}
TINY |= {"batch_size": 20}


def classifier(**parameters):
    return PrunedMLPClassifier(**(TINY | parameters))


def regressor(**parameters):
    return PrunedMLPRegressor(**(TINY | parameters))


# The checks of scikit-learn ask for scores that twelve epochs don't reach, and
# some have two columns, of which neither may go.
LONGER = {
    "batch_size": "auto",
    "max_iter": 60,
    "prune_iter": 20,
    "hidden_layer_sizes": (32,),
}
ESTIMATORS = {
    "several networks": classifier(**LONGER, n_networks=2),
    "classifier of units": classifier(
        **LONGER, granularity="unit", sparsity=0.5, criterion="fisher"
    ),
    "regressor of weights": regressor(
        **LONGER, sparsity=0.92, schedule="iterative", criterion="obs", scope="layer"
    ),
}
