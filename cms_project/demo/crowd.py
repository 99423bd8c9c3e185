"""A month of simulated visitors, the same for the same seed: people, bots, and duplicates."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple, TypeVar

from cms_project.demo.archetypes import (
    ARCHETYPES,
    CAMPAIGN,
    DESKTOPS,
    FIRST_NAMES,
    LOCALES,
    PHONES,
    REFERRERS,
    Archetype,
)
from cms_project.demo.walk import Walk
from cms_project.magazine.models import Article
from cms_project.shop.models import Product

Thing = TypeVar("Thing")
DAYS = 30
DUPLICATED = 0.02  # the share of messages that clients send twice


class Goods(NamedTuple):
    """What there is to see; a visitor prefers the topic that comes first for them."""

    articles: Sequence[Article]
    products: Sequence[Product]


def simulate(visitors: int, *, now: datetime, seed: int = 7) -> list[dict[str, Any]]:
    """Return the messages of all visitors in the order they were sent, some of them twice."""
    random = Random(seed)  # noqa: S311 - a simulation, not a secret
    goods = Goods(
        list(Article.objects.select_related("topic")),
        list(Product.objects.select_related("category")),
    )
    weights = [archetype.weight for archetype in ARCHETYPES]
    messages: list[dict[str, Any]] = []
    for number in range(visitors):
        archetype = random.choices(ARCHETYPES, weights)[0]
        messages += _month(archetype, number=number, goods=goods, now=now, random=random)
    messages += random.sample(messages, int(len(messages) * DUPLICATED))
    return sorted(messages, key=lambda message: message["timestamp"])


def _month(
    archetype: Archetype, *, number: int, goods: Goods, now: datetime, random: Random
) -> list[dict[str, Any]]:
    devices = archetype.devices or (PHONES if random.random() < archetype.phone else DESKTOPS)
    walk = Walk(
        f"simulated-{number:05}",
        device=random.choice(devices),
        place=random.choice(LOCALES),
        address=f"203.0.113.{number % 254 + 1}",  # a network reserved for documentation
        random=random,
    )
    favourite = random.choice(("kitchen", "workshop", "outdoors"))
    liked = Goods(_preferred(goods.articles, favourite), _affordable(goods, favourite, archetype))
    for arrival in _arrivals(random.randint(*archetype.sessions), now=now, random=random):
        walk.arrive(
            arrival,
            referrer=random.choice(REFERRERS),
            campaign=CAMPAIGN if random.random() < 0.15 else None,
        )
        _session(walk, archetype, liked)
    return [message for message in walk.messages if message["timestamp"] < now.isoformat()]


def _arrivals(sessions: int, *, now: datetime, random: Random) -> list[datetime]:
    """Return when the sessions begin: on any day, mostly from afternoon to evening."""
    days = [random.randrange(DAYS) for _ in range(sessions)]
    hours = [min(23.9, max(0.0, random.gauss(17, 4))) for _ in days]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    pairs = zip(days, hours, strict=True)
    return sorted(midnight - timedelta(days=day) + timedelta(hours=hour) for day, hour in pairs)


def _session(walk: Walk, archetype: Archetype, goods: Goods) -> None:
    random = walk.random
    walk.open("/", title="Home")
    walk.stay(random.randint(*archetype.seconds) // 3, percent=random.randint(20, 60))
    for article in _some(goods.articles, archetype.stories, random):
        _read(walk, archetype, article)
    if random.random() < archetype.searches:
        walk.open("/search/", title="Search")
        walk.track("Products Searched", {"query": random.choice(("knife", "wool", "wood"))})
    seen = _some(goods.products, archetype.products, random)
    for product in seen:
        _look(walk, archetype, product)
    if seen and random.random() < archetype.fills_cart:
        _fill_cart(walk, archetype, seen[-1])
    if random.random() < archetype.subscribes / 3:
        walk.track("Newsletter Subscribed", {"list": "thursday"})
    if not walk.user_id and random.random() < archetype.signs_in:
        walk.sign_in(f"reader-{walk.name}", first_name=random.choice(FIRST_NAMES))


def _read(walk: Walk, archetype: Archetype, article: Article) -> None:
    walk.open(article.get_absolute_url(), title=article.title)
    walk.track("Article Viewed", article.properties)
    seconds = walk.random.randint(*archetype.seconds)
    walk.stay(seconds, percent=min(100, 25 + seconds))
    if walk.random.random() < archetype.shares:
        walk.track("Content Shared", {"share_via": "link", **article.properties})


def _look(walk: Walk, archetype: Archetype, product: Product) -> None:
    walk.open(product.get_absolute_url(), title=product.name)
    walk.track("Product Viewed", product.properties)
    walk.stay(walk.random.randint(*archetype.seconds), percent=walk.random.randint(30, 100))
    if walk.random.random() < archetype.wishes:
        walk.track("Product Added to Wishlist", product.properties)


def _fill_cart(walk: Walk, archetype: Archetype, product: Product) -> None:
    line = {**product.properties, "quantity": 1}
    walk.track("Product Added", line)
    walk.open("/cart/", title="Cart")
    order = {"currency": line["currency"], "products": [line]}
    walk.track("Cart Viewed", {"value": line["price"], **order})
    if walk.random.random() >= archetype.buys:
        return
    walk.open("/checkout/", title="Check-out")
    walk.track("Checkout Started", {"value": line["price"], **order})
    walk.stay(walk.random.randint(30, 120), percent=100)
    number = f"{walk.name}-{len(walk.messages)}"
    walk.track(
        "Order Completed",
        {"order_id": number, "total": line["price"], "revenue": line["price"], **order},
    )


def _preferred(articles: Sequence[Article], topic: str) -> list[Article]:
    return sorted(articles, key=lambda article: article.topic.slug != topic)


def _affordable(goods: Goods, category: str, archetype: Archetype) -> list[Product]:
    found = [product for product in goods.products if product.price <= archetype.dearest]
    return sorted(found, key=lambda product: product.category.slug != category)


def _some(things: Sequence[Thing], span: tuple[int, int], random: Random) -> list[Thing]:
    """Return so many of the things, those at the front more often."""
    wanted = random.randint(*span)
    return [things[min(int(random.expovariate(0.4)), len(things) - 1)] for _ in range(wanted)]
