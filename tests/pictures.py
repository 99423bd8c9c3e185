"""The pictures of the documentation, taken by tests: `make pictures` takes them anew."""

import os
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

COLOURS = 64
MOST_BYTES = 150_000


def picture(page: Page, name: str, *, at: str = "") -> None:
    """Take a picture of what the page shows, from `at` on, if `PICTURES` names a folder."""
    folder = os.environ.get("PICTURES")
    if not folder:
        return
    if at:
        page.locator(at).first.evaluate("element => element.scrollIntoView()")
    image = Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
    path = Path(folder) / f"{name}.png"
    image.save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES, f"{path} is too large for the repository"
