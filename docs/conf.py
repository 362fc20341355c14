"""Settings of the documentation: Markdown pages, a gallery, and a page per name."""

import sys
import warnings
from pathlib import Path

from skprune import __version__

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import gallery
import mathml
from inventories import write_inventories

project = "skprune"
author = "skprune developers"
copyright = f"2026, {author}"
version = release = __version__

extensions = [
    "accessible",
    "mathml",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "auto_examples/**.ipynb", "auto_examples/**.py"]
templates_path = ["_templates"]
html_math_renderer = "mathml"
html_static_path = ["_static", str(mathml.FONT)]
html_css_files = ["skprune.css"]
html_js_files = ["skprune.js"]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3

autosummary_generate = True
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # the numpydoc sections say it in words
# The templates list methods and attributes, each with an anchor of its own.
numpydoc_show_class_members = False
# Inherited docstrings refer to labels and terms of scikit-learn's own pages.
suppress_warnings = ["ref.ref", "ref.term"]

# Links to other projects are made from names, not from lists that would be downloaded.
intersphinx_mapping = write_inventories(HERE / "_build" / "inventories")

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"(^|/)(?!plot_)[^/]*\.py$",
    "within_subsection_order": "gallery.place",
    "doc_module": ("skprune",),
    "reference_url": {"skprune": None},
    "backreferences_dir": "generated/backreferences",
    "inspect_global_variables": False,
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_signature": False,
    "show_memory": False,
    "write_computation_times": False,
    "abort_on_example_error": True,
}
warnings.formatwarning = gallery.format_warning
# What is printed is no code, unless a block names its language.
highlight_language = "none"
# Prompts and output are no part of what is copied.
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos, .gp, .go"

html_title = f"skprune {release}"
html_theme = "pydata_sphinx_theme"
html_logo = "_static/logo.svg"
html_favicon = "_static/logo.svg"
html_theme_options = {
    "logo": {"text": "skprune", "alt_text": "skprune, to the first page"},
    "header_links_before_dropdown": 7,
    "navbar_align": "left",
    "navigation_with_keys": False,
    "show_prev_next": True,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
# The first page has cards in place of a list of sections, the second has no sections.
html_sidebars = {"index": [], "getting_started": []}
