"""The site, for Sphinx: ``make docs`` builds it into build/site, with warnings as errors.

Nothing on it needs a network: formulas are MathML, written when the site is built, with a font beside them; the
search reads an index that lies there, too; links into the repository lead to pages with the files' text.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "_ext")]

import kernelspec  # noqa: E402 - after the path

project = "kernelspec"
author = "kernelspec contributors"
copyright = "the kernelspec contributors"
version = release = kernelspec.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_design",
    "sphinx_copybutton",
    # docs/_ext
    "mathml",
    "docstrings",
    "repository",
    "gallery",
    "claims",
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_ext", "_static"]
nitpicky = False

# Markdown
myst_enable_extensions = [
    "dollarmath",
    "amsmath",
    "colon_fence",
    "deflist",
    "attrs_inline",
    "attrs_block",
    "html_image",
]
myst_heading_anchors = 4
myst_dmath_double_inline = True
html_math_renderer = "mathml"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# Docstrings: names in single backticks are linked where they are documented.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"members": True}
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 160
add_module_names = False
toc_object_entries_show_parents = "hide"
trim_doctest_flags = False

# Look
html_theme = "pydata_sphinx_theme"
html_title = "kernelspec"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
pygments_style = "a11y-high-contrast-light"
html_theme_options = {
    "logo": {"text": "kernelspec"},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "secondary_sidebar_items": {"**": ["page-toc"], "index": [], "tables": []},
    "show_toc_level": 2,
    "header_links_before_dropdown": 6,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "show_prev_next": True,
}
html_sidebars: dict[str, list[str]] = {"index": []}
