"""Settings of Sphinx for the site."""

from __future__ import annotations

project = "Py Pinger"
project_copyright = "the Py Pinger authors"
extensions = ["myst_parser"]
root_doc = "index"

# The anchors that GitHub gives to headings, so that links work in both places.
myst_heading_anchors = 4
# Examples are shortened by …, which no lexer knows.
suppress_warnings = ["misc.highlighting_failure"]
highlight_language = "text"

html_theme = "furo"
html_title = "Py Pinger"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
