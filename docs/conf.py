"""Build the documentation with Sphinx, Furo and MyST."""

project = "personalize"
author = copyright = "the personalize contributors"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "personalize"
# Nothing is loaded from other hosts.
html_theme_options = {"footer_icons": []}
