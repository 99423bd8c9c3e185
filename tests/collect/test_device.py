"""Devices, browsers and systems in few words."""

# ruff: noqa: E501  (user agents are long)

import pytest

from personalize.collect.device import device_of

SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", ("desktop", "Chrome", "Windows")),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Safari/605.1.15", ("desktop", "Safari", "macOS")),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) {SAFARI} Mobile/15E148 Safari/604.1", ("mobile", "Safari", "iOS")),
        (f"Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) {SAFARI} Mobile/15E148 Safari/604.1", ("tablet", "Safari", "iOS")),
        (f"Mozilla/5.0 (Linux; Android 13; SM-S901B) {CHROME} Mobile Safari/537.36", ("mobile", "Chrome", "Android")),
        (f"Mozilla/5.0 (Linux; Android 13; SM-X906C) {CHROME} Safari/537.36", ("tablet", "Chrome", "Android")),
        ("Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/538.1 Version/5.0 NativeTV Safari/538.1", ("tv", "Safari", "Tizen")),
        ("", ("other", "other", "other")),
        ("nonsense", ("other", "other", "other")),
    ],
)  # fmt: skip
def test_a_user_agent_has_a_device_a_browser_and_a_system(agent, expected):
    assert device_of(agent) == expected
