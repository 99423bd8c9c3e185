"""The sender's address: found behind trusted proxies, cut to a network before it is stored."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest

from personalize.conf import settings


def network_of(request: HttpRequest) -> str:
    """Return the network address (/24 or /48) of the client, or an empty string."""
    return truncate(address_of(request))


def address_of(request: HttpRequest) -> str:
    """Return what the client's whole address should be, or an empty string. It is never stored.

    `X-Forwarded-For` is believed as far as `TRUSTED_PROXIES` proxies wrote it, from the right.
    """
    proxies = settings().TRUSTED_PROXIES
    if proxies:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        return str(hops[-proxies].strip()) if len(hops) >= proxies else ""
    return str(request.META.get("REMOTE_ADDR", ""))


@lru_cache(maxsize=4096)
def truncate(address: str) -> str:
    """Cut an address to its /24 (IPv4) or /48 (IPv6); what is no address becomes empty.

    >>> truncate("203.0.113.77"), truncate("2001:db8:85a3::8a2e:370:7334"), truncate("unix:")
    ('203.0.113.0', '2001:db8:85a3::', '')
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    prefix = 24 if parsed.version == 4 else 48
    return str(ip_network((parsed, prefix), strict=False).network_address)
