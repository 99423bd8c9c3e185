"""Load the magazine's stories and the shop's goods."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from cms_project.magazine.models import Article, Topic
from cms_project.shop.models import Category, Product

TEXTS = Path(__file__).parent / "texts"


def read_texts(name: str) -> dict[str, Any]:
    """Return what one of the demo's files says."""
    return tomllib.loads((TEXTS / name).read_text(encoding="utf-8"))


def load_catalogue() -> dict[str, int]:
    """Store topics, shelves, products and articles; existing ones stay as editors left them."""
    texts = read_texts("shop.toml")
    for position, topic in enumerate(texts["topics"]):
        defaults = {"name": topic["name"], "position": position}
        stories = {**defaults, "description": topic["stories"]}
        Topic.objects.get_or_create(slug=topic["slug"], defaults=stories)
        shelf = {**defaults, "description": topic["shelf"]}
        Category.objects.get_or_create(slug=topic["slug"], defaults=shelf)
    for position, product in enumerate(texts["products"]):
        _load_product(product, position=position)
    for article in read_texts("articles.toml")["articles"]:
        _load_article(article)
    return {"articles": Article.objects.count(), "products": Product.objects.count()}


def _load_product(texts: dict[str, Any], *, position: int) -> None:
    fields = {key: value for key, value in texts.items() if key not in ("sku", "category")}
    fields |= {"slug": slugify(texts["name"]), "position": position}
    fields["category"] = Category.objects.get(slug=texts["category"])
    Product.objects.get_or_create(sku=texts["sku"], defaults=fields)


def _load_article(texts: dict[str, Any]) -> None:
    fields = {
        key: value for key, value in texts.items() if key not in ("slug", "topic", "days_ago")
    }
    fields["topic"] = Topic.objects.get(slug=texts["topic"])
    fields["published_at"] = timezone.now() - timedelta(days=texts["days_ago"])
    Article.objects.get_or_create(slug=texts["slug"], defaults=fields)
