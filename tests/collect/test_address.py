"""Addresses: cut before anything is stored, and believed from trusted proxies only."""

import pytest

from personalize.collect.address import network_of, truncate


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:85a3:1234::1", "2001:db8:85a3::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("", ""),
        ("unix:", ""),
        ("203.0.113.77, 1.1.1.1", ""),
        ("<script>", ""),
    ],
)
def test_an_address_is_cut_to_its_network(address, network):
    assert truncate(address) == network


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.1", "127.0.0.0"),
        (1, "198.51.100.1", "198.51.100.0"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.0"),
        (2, "6.6.6.6, 198.51.100.1, 192.0.2.1", "198.51.100.0"),
        (2, "192.0.2.1", ""),
        (1, "", ""),
    ],
)
def test_a_visitor_cannot_choose_their_address(rf, settings, proxies, forwarded, expected):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "TRUSTED_PROXIES": proxies}
    assert network_of(rf.get("/", HTTP_X_FORWARDED_FOR=forwarded)) == expected
