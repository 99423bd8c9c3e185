"""Addresses in one form: the same page under the same name, without what names a person."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from personalize.clean.personal import without_personal

LONGEST = 512
READ = 2_048  # of a client's texts no more is read
ALWAYS_ALLOWED = "utm_"  # campaigns are what the query is there for
PORTS = {"http": 80, "https": 443}


def canonical_url(url: str, *, allowed: frozenset[str] = frozenset()) -> str:
    """Return the address with scheme and host in lower case, without what tells nothing of a page.

    Names and passwords, default ports and fragments go. Of the query, `utm_…` and the allowed names
    stay, a name that ends in `*` standing for all that begin so. What names a person is masked in
    the path and the query. What is no address is returned empty.

    >>> canonical_url("HTTPS://Example.org:443/a?token=1&utm_source=x#top")
    'https://example.org/a?utm_source=x'
    """
    try:
        parts = urlsplit(url[:READ])
        host = _host(parts.scheme, parts.hostname, parts.port)
        path = without_personal(parts.path[:LONGEST], is_identifier=True)
        plain = urlunsplit((parts.scheme, host, path, "", ""))[:LONGEST]
        query = allowed_query(parts.query, allowed=allowed)
    except ValueError:
        return ""
    whole = f"{plain}?{query}" if query else plain
    return whole if len(whole) <= LONGEST else plain


def allowed_query(query: str, *, allowed: frozenset[str]) -> str:
    """Return the pairs of a query that may stay, in order."""
    if not query:
        return ""
    kept = [
        (name, without_personal(value))
        for name, value in parse_qsl(query)
        if _is_allowed(name, allowed)
    ]
    return urlencode(kept)


def _is_allowed(name: str, allowed: frozenset[str]) -> bool:
    if name.startswith(ALWAYS_ALLOWED) or name in allowed:
        return True
    return any(each[-1:] == "*" and name.startswith(each[:-1]) for each in allowed)


def _host(scheme: str, host: str | None, port: int | None) -> str:
    name = host or ""
    if ":" in name:
        name = f"[{name}]"
    return name if port is None or PORTS.get(scheme) == port else f"{name}:{port}"
