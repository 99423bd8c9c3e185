"""What the demo's pages consist of."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cms_project.magazine.models import Topic
from cms_project.shop.models import Category


class Plugin(NamedTuple):
    """A plugin of a page, and those within it."""

    type: str
    fields: Mapping[str, Any] = {}
    children: "Sequence[Plugin]" = ()


def hero(
    kicker: str, title: str, text: str, link: tuple[str, str], image: str, tone: str
) -> Plugin:
    """Return a hero."""
    label, url = link
    fields = {
        "kicker": kicker,
        "title": title,
        "text": text,
        "image": f"art/{image}.svg",
        "tone": tone,
    }
    return Plugin("HeroPlugin", {**fields, "link_label": label, "link_url": url})


def home() -> list[Plugin]:
    """Return the home page: a hero that varies, stories, goods, a film, the newsletter."""
    opening = hero(
        "Autumn issue",
        "Do one thing properly",
        "A magazine about making, cooking and being outside, with a shop for what it takes.",
        ("Read the stories", "/stories/"),
        "ridge",
        "warm",
    )
    buying = hero(
        "Still thinking it over?",
        "Good things wait, for a while",
        "What you looked at is in stock today. Thirty days to change your mind, and it mends.",
        ("Back to the shop", "/shop/"),
        "gold",
        "moss",
    )
    reading = hero(
        "For those who read to the end",
        "One night out, on a weekday",
        "You seem to like the long way round. This one begins at the last stop of the bus.",
        ("Read it", "/stories/outdoors/one-night-out/"),
        "night",
        "night",
    )
    film = {
        "title": "A minute of weather.",
        "text": "The ridge behind our office, from noon to night.",
        "film": "site/weather.webm",
        "still": "art/ridge.svg",
    }
    return [
        slot(
            "home-hero",
            [opening],
            variants=[("high-intent", 10, buying), ("engaged-reader", 20, reading)],
        ),
        Plugin(
            "BandPlugin",
            {"title": "New in the magazine"},
            [Plugin("ArticleListPlugin", {"limit": 3})],
        ),
        Plugin(
            "BandPlugin", {"title": "From the shop", "tone": "warm"}, [Plugin("ProductListPlugin")]
        ),
        Plugin("BandPlugin", {"tone": "plain"}, [Plugin("FilmPlugin", film)]),
        Plugin("BandPlugin", {"tone": "moss"}, [Plugin("NewsletterPlugin")]),
    ]


def stories() -> list[Plugin]:
    """Return the magazine's front page: the newest stories of each topic."""
    opening = hero(
        "Stories",
        "Bread, benches, bad weather",
        "Nine short pieces about things that take a while.",
        ("Start with the newest", "/stories/workshop/the-quiet-of-a-hand-plane/"),
        "valley",
        "moss",
    )
    lists = [
        Plugin("ArticleListPlugin", {"title": topic.name, "topic": topic})
        for topic in Topic.objects.all()
    ]
    return [opening, Plugin("BandPlugin", {}, lists), Plugin("BandPlugin", {"tone": "warm"}, [
        Plugin("NewsletterPlugin")
    ])]  # fmt: skip


def shop() -> list[Plugin]:
    """Return the shop's front page: the shelves, and the one that the visitor likes."""
    opening = hero(
        "Shop",
        "Few things, good ones",
        "Everything here is something we use, and have mended at least once.",
        ("See the kitchen", "/shop/kitchen/"),
        "gold",
        "warm",
    )
    favourites = Plugin("ProductListPlugin", {"title": "Favourites of the house", "limit": 4})
    affinities = [
        (f"likes-{category.slug}", 10, Plugin("ProductListPlugin", {
            "title": f"More for the {category.name.lower()}", "category": category, "limit": 6
        }))
        for category in Category.objects.all()
    ]  # fmt: skip
    return [
        opening,
        Plugin("BandPlugin", {"title": "Shelves"}, [Plugin("ShelvesPlugin")]),
        Plugin(
            "BandPlugin",
            {"tone": "warm"},
            [slot("shop-for-you", [favourites], variants=affinities)],
        ),
    ]


def slot(
    key: str, default: Sequence[Plugin], *, variants: Sequence[tuple[str, int, Plugin]]
) -> Plugin:
    """Return a slot with its default and one variant per segment (slug, priority, content)."""
    children = [
        Plugin(
            "VariantPlugin",
            {"name": segment, "segments": [segment], "priority": priority},
            [content],
        )
        for segment, priority, content in variants
    ]
    return Plugin("SlotPlugin", {"key": key, "name": key}, [*default, *children])


def text(body: str) -> Plugin:
    """Return a piece of rich text."""
    return Plugin("TextPlugin", {"body": body})


ABOUT = [
    text("""
<p>Alder is made by four people in a former dairy. We write about work that you can finish in an
evening, a weekend or a winter, and we sell the few tools that such work asks for.</p>
<h2>Why alder?</h2>
<p>Because it grows where it is wet, feeds the soil it stands in, and makes good chairs. Because it
is not oak.</p>
<h2>This site</h2>
<p>Alder does not exist. It is the reference site of an open source project that lets pages adapt to
what their visitors do, on the owner's own server. Look at a kettle three times and see.</p>
""")
]
PRIVACY = [
    text("""
<p>Nothing is stored about you before you allow it. If you do, Alder keeps what you read and look
at, on its own server, to choose which of several openings or hints you see. It tells nobody.</p>
<h2>Your rights</h2>
<p>You can see, take away and erase everything under
<a href="/personalize/my-data/">Your data and choices</a>, without an account. A browser that sends
“Global Privacy Control” has refused already.</p>
""")
]
