"""Settings of the documentation: Markdown pages, and an API page per public name."""

from importlib.metadata import version as installed_version

project = "skprune"
author = "skprune developers"
copyright = f"2026, {author}"
version = release = installed_version("skprune")

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3

autosummary_generate = True
# Inherited docstrings refer to labels of scikit-learn's own pages.
suppress_warnings = ["ref.ref"]
autodoc_typehints = "none"  # the numpydoc sections say it in words
# Members get no page of their own, so a table of links to them would be broken.
numpydoc_show_class_members = False

html_theme = "alabaster"
html_theme_options = {
    "description": "Pruned neural networks as scikit-learn estimators",
    "fixed_sidebar": True,
    "page_width": "1100px",
}
