"""The documentation site: sphinx-build -W docs build/docs."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bench

project = "classical-vs-deep"
author = "The classical-vs-deep authors"
version = release = bench.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "pydata_sphinx_theme"
html_title = project
html_show_sourcelink = False
html_static_path = ["static"]
html_css_files = ["site.css"]
exclude_patterns = ["build", "jupyter_execute"]  # what a build before has left
myst_heading_anchors = 4
myst_enable_extensions = ["dollarmath"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_attr_annotations = False  # they would be read as links
nb_execution_mode = "force"
nb_merge_streams = True
nb_execution_timeout = 600
nb_execution_raise_on_error = True


def setup(app):
    """Make the reference anew before anything is read."""
    import generate

    app.connect("builder-inited", lambda _: generate.write())
