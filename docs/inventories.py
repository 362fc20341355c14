"""Where the pages of other projects are, by the names that docstrings mention.

Sphinx would download each project's list of names, and warn where there is no network.
These projects' addresses follow from the names, so the lists are written here.
"""

import zlib
from pathlib import Path

# By project: where its pages are, the address of a name's page, and names.
PROJECTS = {
    "sklearn": (
        "https://scikit-learn.org/stable/",
        "modules/generated/{name}.html#{name}",
        """
        sklearn.calibration.CalibratedClassifierCV sklearn.compose.ColumnTransformer
        sklearn.datasets.fetch_openml sklearn.ensemble.HistGradientBoostingClassifier
        sklearn.ensemble.HistGradientBoostingRegressor
        sklearn.feature_selection.RFE sklearn.feature_selection.SelectFromModel
        sklearn.frozen.FrozenEstimator sklearn.linear_model.LogisticRegression
        sklearn.model_selection.GridSearchCV sklearn.model_selection.TimeSeriesSplit
        sklearn.neural_network.MLPClassifier sklearn.neural_network.MLPRegressor
        sklearn.pipeline.Pipeline sklearn.preprocessing.KBinsDiscretizer
        sklearn.preprocessing.OneHotEncoder sklearn.preprocessing.SplineTransformer
        sklearn.preprocessing.StandardScaler sklearn.utils.Bunch
        """,
    ),
    "scipy": (
        "https://docs.scipy.org/doc/scipy/",
        "reference/generated/{name}.html#{name}",
        "scipy.stats.ks_2samp",
    ),
    "numpy": (
        "https://numpy.org/doc/stable/",
        "reference/generated/{name}.html#{name}",
        "numpy.ndarray",
    ),
    "pandas": (
        "https://pandas.pydata.org/docs/",
        "reference/api/{name}.html#{name}",
        "pandas.DataFrame pandas.Series",
    ),
}
HEAD = "# Sphinx inventory version 2\n# Project: {}\n# Version: \n# zlib compressed\n"


def role(name: str) -> str:
    """Return what a name stands for: classes have capitals, but for numpy's array."""
    last = name.rpartition(".")[2]
    return "class" if last[0].isupper() or last == "ndarray" else "function"


def write_inventories(folder: Path) -> dict[str, tuple[str, str]]:
    """Write a list of names for each project; return what intersphinx reads."""
    folder.mkdir(parents=True, exist_ok=True)
    mapping = {}
    for project, (home, page, names) in PROJECTS.items():
        lines = "".join(
            f"{name} py:{role(name)} 1 {page.format(name=name)} -\n"
            for name in names.split()
        )
        path = folder / f"{project}.inv"
        head = HEAD.format(project).encode()
        path.write_bytes(head + zlib.compress(lines.encode()))
        mapping[project] = (home, str(path))
    return mapping
