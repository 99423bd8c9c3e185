"""What a user agent says of device, browser and operating system, in few words for rules."""

import re
from functools import lru_cache
from typing import NamedTuple

from ua_parser import parse

# What makes many names of one browser: "Chrome Mobile iOS", "Mobile Safari".
_VARIETY = re.compile(r"\b(?:Mobile|iOS|WebView|UI/WKWebView)\b\s*/?")
_SYSTEMS = {"Mac OS X": "macOS", "Ubuntu": "Linux", "Fedora": "Linux", "Debian": "Linux"}
_DEVICES = (
    (re.compile(r"smart-?tv|appletv|googletv|hbbtv|web0s|roku|\btv\b", re.I), "tv"),
    (re.compile(r"ipad|tablet|kindle|silk/|playbook|android(?!.*\bmobile\b)", re.I), "tablet"),
    (re.compile(r"mobi|iphone|ipod|opera mini|blackberry|\bmidp\b|phone", re.I), "mobile"),
    (re.compile(r"windows nt|macintosh|x11|linux|cros ", re.I), "desktop"),
)


class Device(NamedTuple):
    """A program on a device; what is not known is "other"."""

    device: str  # desktop, mobile, tablet, tv or other
    browser: str
    os: str


@lru_cache(maxsize=8_192)
def device_of(user_agent: str) -> Device:
    """Return the device behind a user agent; it is remembered, so cut what a client sent before.

    >>> device_of("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
    Device(device='desktop', browser='Firefox', os='Linux')
    """
    parsed = parse(user_agent)
    browser = parsed.user_agent.family if parsed.user_agent else ""
    system = parsed.os.family if parsed.os else ""
    kind = next((name for pattern, name in _DEVICES if pattern.search(user_agent)), "other")
    return Device(
        device=kind,
        browser=" ".join(_VARIETY.sub("", browser).split()) or "other",
        os=_SYSTEMS.get(system, system) or "other",
    )
