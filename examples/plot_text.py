"""
Text from TF-IDF: a network that reads a few words
==================================================

Thousands of sparse columns, and a network that reads some hundred of them. The texts
are sentences from the docstrings of NumPy, SciPy and scikit-learn; the question is
which of the three a sentence comes from. A sparse matrix goes in as it is.
"""

# %%
# The sentences are those of at least eight words. Names of the libraries are taken out.

import inspect
import re

import matplotlib.pyplot as plt
import numpy
import pandas as pd
import scipy.signal
import scipy.stats
import sklearn.cluster
import sklearn.ensemble
import sklearn.linear_model
import sklearn.metrics
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skprune import PrunedMLPClassifier

MODULES = {
    "numpy": [numpy, numpy.linalg, numpy.fft, numpy.random],
    "scipy": [scipy.signal, scipy.stats],
    "sklearn": [
        sklearn.cluster,
        sklearn.ensemble,
        sklearn.linear_model,
        sklearn.metrics,
    ],
}


def sentences(module):
    names = [name for name in dir(module) if not name.startswith("_")]
    for name in names:
        text = inspect.getdoc(getattr(module, name)) or ""
        for sentence in re.split(r"(?<=\.)\s+|\n\n", text):
            words = re.findall(r"[a-z]{3,}", sentence.lower())
            words = [word for word in words if not re.search("num|sci|learn", word)]
            if len(words) >= 8:
                yield " ".join(words)


texts = pd.DataFrame(
    [
        (sentence, library)
        for library, modules in MODULES.items()
        for sentence in sorted({s for module in modules for s in sentences(module)})
    ],
    columns=["text", "library"],
).drop_duplicates("text")
train, test = train_test_split(
    texts, test_size=0.3, stratify=texts["library"], random_state=0
)
texts["library"].value_counts()

# %%
# The networks have 32 hidden neurons, and are pruned by weight and by word.

settings = {"early_stopping": True, "random_state": 0}
models = {
    "logistic regression": LogisticRegression(C=10, max_iter=500),
    "dense network": PrunedMLPClassifier((32,), sparsity=0, **settings),
    "99 % of the weights gone": PrunedMLPClassifier((32,), sparsity=0.99, **settings),
    "95 % of the words gone": PrunedMLPClassifier(
        (32,), granularity="feature", sparsity=0.95, **settings
    ),
}
rows, fitted = {}, {}
for name, model in models.items():
    text_model = make_pipeline(TfidfVectorizer(min_df=3, sublinear_tf=True), model)
    fitted[name] = text_model.fit(train["text"], train["library"])
    coefficients = getattr(model, "n_nonzero_", None)
    if coefficients is None:
        coefficients, read = model.coef_.size, model.coef_.shape[1]
    else:
        read = int((model.feature_importances_ > 0).sum())
    accuracy = text_model.score(test["text"], test["library"])
    rows[name] = {"accuracy": accuracy, "weights": coefficients, "words read": read}
table = pd.DataFrame(rows).T.astype({"weights": int, "words read": int})
print(table.to_string(formatters={"accuracy": "{:.3f}".format}))

# %%
# The words that matter most to the network of one percent of the weights.

vectors, network = fitted["99 % of the weights gone"]
importances = pd.Series(network.feature_importances_, vectors.get_feature_names_out())
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
importances.nlargest(15)[::-1].plot.barh(ax=ax, color="#0072B2")
ax.set(xlabel="importance", title="Words read by the pruned network")
plt.show()
