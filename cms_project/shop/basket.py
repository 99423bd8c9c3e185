"""The cart and the wishlist, in one signed cookie: no page needs a session for them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from cms_project.shop.models import Product

COOKIE = "basket"
COUNT_COOKIE = (
    "basket_count"  # readable by the page's script, so that the cached header can show it
)
MAX_AGE_SECONDS = 30 * 24 * 3600
MAX_QUANTITY = 99
MAX_PRODUCTS = 50


class Line(NamedTuple):
    """A product in the cart."""

    product: Product
    quantity: int

    @property
    def total(self) -> Decimal:
        """Price times quantity."""
        return self.product.price * self.quantity


@dataclass(frozen=True)
class Basket:
    """What a visitor collected, by article number."""

    quantities: Mapping[str, int] = field(default_factory=dict)
    wishes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many pieces are in the cart."""
        return sum(self.quantities.values())

    def with_quantity(self, sku: str, *, quantity: int) -> "Basket":
        """Return a basket with so many of a product; none of it for 0."""
        others = {key: value for key, value in self.quantities.items() if key != sku}
        if quantity > 0 and len(others) < MAX_PRODUCTS:
            others[sku] = min(quantity, MAX_QUANTITY)
        return replace(self, quantities=others)

    def with_wish(self, sku: str) -> "Basket":
        """Return a basket whose wishlist has the product, newest first."""
        return replace(self, wishes=(sku, *self.without_wish(sku).wishes)[:MAX_PRODUCTS])

    def without_wish(self, sku: str) -> "Basket":
        """Return a basket whose wishlist lacks the product."""
        return replace(self, wishes=tuple(wish for wish in self.wishes if wish != sku))

    def lines(self) -> list[Line]:
        """Return the cart's lines; what the shop no longer sells is left out."""
        products = Product.objects.filter(sku__in=self.quantities).select_related("category")
        return [Line(product, self.quantities[product.sku]) for product in products]

    def wished(self) -> list[Product]:
        """Return the products on the wishlist, in its order."""
        products = Product.objects.filter(sku__in=self.wishes).select_related("category")
        found = {product.sku: product for product in products}
        return [found[sku] for sku in self.wishes if sku in found]


def read_basket(request: HttpRequest) -> Basket:
    """Return the visitor's basket; an empty one when there is none or it was tampered with."""
    raw = request.get_signed_cookie(COOKIE, default="", max_age=MAX_AGE_SECONDS)
    if not raw:
        return Basket()
    stored = json.loads(raw)  # signed, so it is what write_basket wrote
    return Basket(quantities=stored["cart"], wishes=tuple(stored["wishes"]))


def write_basket(response: HttpResponse, *, basket: Basket) -> None:
    """Store the basket in the visitor's browser."""
    value = json.dumps({"cart": dict(basket.quantities), "wishes": basket.wishes})
    response.set_signed_cookie(
        COOKIE,
        value,
        max_age=MAX_AGE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    response.set_cookie(
        COUNT_COOKIE,
        str(basket.count),
        max_age=MAX_AGE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
