"""The templates that variants may show: whatever lies in `personalize/variants/` of a folder."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.template import engines

from personalize.models.slot import TEMPLATES

_TITLE = re.compile(
    r"\A\s*(?:\{#(.*?)#\}|\{%\s*comment\b[^%]*%\}(.*?)\{%\s*endcomment|<!--(.*?)-->)", re.S
)
_BEGIN = 1_000  # characters of a file within which its title stands


def template_titles() -> dict[str, str]:
    """Return the title of each template by its name; of equal names, the one that is rendered."""
    titles: dict[str, str] = {}
    for folder in _folders():
        for file in sorted(folder.rglob("*.html")):
            titles.setdefault(file.relative_to(folder).as_posix(), _title(file))
    return dict(sorted(titles.items(), key=lambda pair: pair[1].lower()))


def _folders() -> Iterator[Path]:
    """Yield the folders in the order in which Django looks a template up."""
    for engine in engines.all():
        for directory in engine.template_dirs:
            yield Path(directory) / TEMPLATES


def _title(file: Path) -> str:
    """Return what the comment says that a template begins with; without one, the file's name."""
    try:
        text = file.read_text(encoding="utf-8")[:_BEGIN]
    except (OSError, UnicodeDecodeError):
        text = ""
    found = _TITLE.match(text)
    told = " ".join(next(filter(None, found.groups()), "").split()) if found else ""
    return told or file.stem.replace("_", " ").replace("-", " ").capitalize()
