"""
Taking a model to production: ONNX, SQL, NumPy
==============================================

A fitted network leaves Python in three ways. Each export is run and compared with the
estimator before it is handed out.
"""

# %%
import tempfile
from pathlib import Path

from sklearn.datasets import make_classification
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedMLPClassifier
from skprune.export import to_numpy, to_onnx, to_sql

X, y = make_classification(500, 4, n_redundant=0, random_state=0)
network = PrunedMLPClassifier((8,), n_keep=6, early_stopping=True, random_state=0)
model = make_pipeline(StandardScaler(), network).fit(X, y)
# sphinx_gallery_thumbnail_path = "bytes.svg"

# %%
# **SQL**: one statement, that a database runs where the rows are. Only the columns that
# the network reads are in it.

print(to_sql(model, "loans", columns=["age", "income", "debt", "term"], key="loan_id"))

# %%
# **ONNX**: a graph for ONNX Runtime, from any language.

graph = to_onnx(model).graph
print("inputs: ", [one.name for one in graph.input])
print("outputs:", [one.name for one in graph.output])
print("nodes:  ", [node.op_type for node in graph.node])

# %%
# **A scoring file**: Python that needs NumPy alone, beside its weights.

with tempfile.TemporaryDirectory() as folder:
    to_numpy(model, Path(folder, "score.py"))
    for path in sorted(Path(folder).iterdir()):
        print(f"{path.name}: {path.stat().st_size} bytes")
