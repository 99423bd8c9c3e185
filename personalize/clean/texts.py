"""Texts in one form: composed letters, canonical addresses, nothing in them that names a person.

The same texts come again and again, so what became of one is remembered for the next.
"""

from functools import lru_cache
from typing import Any
from unicodedata import normalize

from personalize.clean.personal import MASK, without_personal
from personalize.clean.urls import READ, allowed_query, canonical_url

REMEMBERED = 512  # characters of a text that is remembered
MOST_FINE = 32_768
PASSES = 4
URL_NAMES = frozenset({"url", "referrer", "href"})
SCHEMES = ("http://", "https://", "HTTP://", "HTTPS://", "Http://", "Https://")
SHORTEST = 5  # characters of what could name a person


class Tidier:
    """Tidies the values of events by the rules of one source."""

    def __init__(self, *, allowed: frozenset[str], is_masking: bool) -> None:
        self._allowed = allowed
        self._is_masking = is_masking
        self._fine: dict[str, set[str]] = {}  # by name, texts that nothing is to be done to
        self._number = 0
        self._remembered = lru_cache(maxsize=8_192)(self._tidied)
        self._searched = lru_cache(maxsize=4_096)(self._search)

    def tidied(
        self, values: dict[str, Any], *, kept: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """Return the values with their texts tidied; the same object when nothing was to be done.

        Texts under the names in `kept` may name a person.
        """
        changes: dict[str, Any] | None = None
        known = self._fine
        for name, value in values.items():
            kind = type(value)
            if kind is str:
                fine = known.get(name)
                if fine is not None and value in fine:
                    continue  # as most are: two look-ups cost less than a call
                tidy: Any = normalize("NFC", value) if name in kept else self.text(name, value)
            elif kind is dict:
                tidy = self.tidied(value)
            elif kind is list:
                tidy = self._list(name, value)
            else:
                continue
            if tidy is not value and tidy != value:
                changes = changes or {}
                changes[name] = tidy
        return {**values, **changes} if changes else values

    def text(self, name: str, text: str) -> str:
        """Return the text of a property as it is kept."""
        if len(text) > REMEMBERED:
            return self._tidied(name, text)
        tidy = self._remembered(name, text)
        if tidy == text:
            self._remember_fine(name, text)
        return tidy

    def _remember_fine(self, name: str, text: str) -> None:
        if self._number >= MOST_FINE:
            self._fine, self._number = {}, 0
        self._fine.setdefault(name, set()).add(text)
        self._number += 1

    def page(self, page: dict[str, Any]) -> dict[str, Any]:
        """Return Segment's `context.page` tidied; its `search` keeps what may stay of a query."""
        tidy = self.tidied(page)
        search = page.get("search")
        if type(search) is str and search and (kept := self._searched(search[:READ])) != search:
            tidy = {**tidy, "search": kept}
        return tidy

    def _search(self, search: str) -> str:
        kept = allowed_query(search.lstrip("?"), allowed=self._allowed)
        return f"?{kept}" if kept else ""

    def _list(self, name: str, values: list[Any]) -> list[Any]:
        tidy = [
            self.tidied(value)
            if isinstance(value, dict)
            else self.text(name, value)
            if isinstance(value, str)
            else self._list(name, value)
            if isinstance(value, list)
            else value
            for value in values
        ]
        return tidy if tidy != values else values

    def _tidied(self, name: str, text: str) -> str:
        """Return what tidying leaves alone: masking may bring to light what to mask."""
        for _ in range(PASSES):
            before, text = text, self._once(name, text)
            if text == before:
                return text
        return MASK

    def _once(self, name: str, text: str) -> str:
        if not text.isascii():
            text = normalize("NFC", text)
        is_url = text.startswith(SCHEMES) and " " not in text
        if is_url or name in URL_NAMES or name.endswith("_url"):
            return canonical_url(text, allowed=self._allowed)
        if not self._is_masking or len(text) < SHORTEST:
            return text
        return without_personal(text, is_identifier=is_identifier(name))


def is_identifier(name: str) -> bool:
    """Whether a property of this name tells things apart: their numbers look like telephones'."""
    return name == "id" or name.endswith(("_id", "Id", "sku", "ean", "gtin", "isbn"))
