"""Kinds of visitors, who differ in what they come for, how often, and with what device."""

from typing import NamedTuple


class Device(NamedTuple):
    """A browser, as it introduces itself."""

    user_agent: str
    width: int


CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
DESKTOPS = (
    Device(f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", 1536),
    Device("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", 1920),
    Device(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/18.6 Safari/605.1.15",
        1440,
    ),
)
PHONES = (
    Device(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
        393,
    ),
    Device(f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {CHROME} Mobile Safari/537.36", 412),
)
BOTS = (
    Device("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", 0),
    Device("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", 0),
    Device("python-requests/2.34.2", 0),
)


class Archetype(NamedTuple):
    """How one kind of visitor behaves. Ranges are inclusive; chances are from 0 to 1."""

    name: str
    weight: int
    sessions: tuple[int, int]
    stories: tuple[int, int]  # in one session
    products: tuple[int, int]  # in one session
    seconds: tuple[int, int]  # on a page
    phone: float = 0.4
    dearest: int = 1_000  # what they look at costs no more
    searches: float = 0.0
    wishes: float = 0.0
    fills_cart: float = 0.0
    buys: float = 0.0  # of those who filled a cart
    subscribes: float = 0.0
    signs_in: float = 0.0
    shares: float = 0.0
    devices: tuple[Device, ...] = ()  # instead of phones and desktops


ARCHETYPES = (
    Archetype("passer-by", 34, (1, 2), (1, 2), (0, 1), (4, 30), phone=0.6),
    Archetype(
        "reader", 22, (2, 6), (2, 4), (0, 1), (40, 180), subscribes=0.4, signs_in=0.2, shares=0.1
    ),
    Archetype("browser", 15, (2, 6), (0, 1), (2, 5), (10, 60), searches=0.2, wishes=0.2, phone=0.5),
    Archetype(
        "bargain hunter", 12, (2, 5), (0, 1), (3, 5), (8, 40),
        dearest=35, searches=0.5, fills_cart=0.4, buys=0.25, phone=0.7,
    ),
    Archetype(
        "buyer", 12, (2, 5), (0, 2), (2, 4), (15, 90),
        wishes=0.1, fills_cart=0.7, buys=0.7, signs_in=0.6,
    ),
    Archetype("bot", 5, (1, 1), (8, 12), (8, 12), (0, 1), devices=BOTS),
)  # fmt: skip

FIRST_NAMES = ("Amara", "Bruno", "Clara", "Dae", "Elif", "Femi", "Greta", "Hugo", "Ilse", "Jonas")
LOCALES = (
    ("en-GB", "Europe/London"),
    ("de-DE", "Europe/Berlin"),
    ("fr-FR", "Europe/Paris"),
    ("en-US", "America/New_York"),
    ("sv-SE", "Europe/Stockholm"),
)
REFERRERS = ("", "", "https://www.google.com/", "https://bsky.app/", "https://news.example.org/")
CAMPAIGN = {"source": "newsletter", "medium": "email", "name": "thursday"}
