"""Whether a request that names a crawler comes from where that crawler's owner says it does.

The owners publish the networks as JSON files, which the site fetches and names in `CRAWLER_RANGES`.
"""

import os
import time
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Literal

import msgspec

from personalize import metrics
from personalize.conf import settings

LOOK_AGAIN_SECONDS = 5.0

VERIFIED: Literal["verified"] = "verified"
IMPOSTOR: Literal["impostor"] = "impostor"

# By version and length of the prefix: the first addresses of the networks, as numbers.
Networks = dict[tuple[int, int], set[int]]


class InvalidRanges(ValueError):
    """A file is not what the owners of crawlers publish."""


class _Prefix(msgspec.Struct, rename="camel"):
    ipv4_prefix: str = ""
    ipv6_prefix: str = ""


class _Published(msgspec.Struct):
    prefixes: list[_Prefix]


@dataclass(slots=True)
class _Read:
    """What was last read of a file; None until that has worked once."""

    networks: Networks | None = None
    modified_at: float = 0.0
    look_again_at: float = 0.0


_read: dict[str, _Read] = {}


def crawler_mark(user_agent: str, *, address: str) -> Literal["verified", "impostor", ""]:
    """Return whether who claims to be a listed crawler is one; empty for everybody else.

    `address` is the whole one. Empty also as long as it, or the crawler's networks, are not known.
    """
    ranges = settings().CRAWLER_RANGES
    name = _named(user_agent, tuple(ranges)) if ranges else ""
    networks = _current(ranges[name], time.monotonic()) if name else None
    if not networks:
        return ""
    try:
        is_there = _has(networks, address)
    except ValueError:
        return ""
    return VERIFIED if is_there else IMPOSTOR


def read_ranges(path: str) -> Networks:
    """Return the networks in a file. Raises OSError, InvalidRanges."""
    try:
        published = msgspec.json.decode(Path(path).read_bytes(), type=_Published)
        prefixes = [each.ipv4_prefix or each.ipv6_prefix for each in published.prefixes]
        parsed = [ip_network(prefix) for prefix in prefixes]
    except (msgspec.MsgspecError, ValueError) as error:
        raise InvalidRanges(str(error)) from error
    if not parsed:
        raise InvalidRanges("no prefixes")
    networks: Networks = {}
    for network in parsed:
        kind = (network.version, network.prefixlen)
        networks.setdefault(kind, set()).add(int(network.network_address))
    return networks


@lru_cache(maxsize=4_096)
def _named(user_agent: str, names: tuple[str, ...]) -> str:
    agent = user_agent.lower()
    return next((name for name in names if name.lower() in agent), "")


def _has(networks: Networks, address: str) -> bool:
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    number, bits = int(parsed), parsed.max_prefixlen
    return any(
        number >> bits - length << bits - length in firsts
        for (version, length), firsts in networks.items()
        if version == parsed.version
    )


def _current(path: str, now: float) -> Networks | None:
    """Return the networks of a file, those of before when it has become unreadable."""
    read = _read.setdefault(path, _Read())
    if now >= read.look_again_at:
        read.look_again_at = now + LOOK_AGAIN_SECONDS
        try:
            modified_at = os.stat(path).st_mtime
            if modified_at != read.modified_at:
                read.networks = read_ranges(path)
                read.modified_at = modified_at
        except (OSError, InvalidRanges):
            metrics.count("crawlers.unavailable")
    return read.networks
