"""Turning a cart into an order."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from cms_project.shop.basket import Line
from cms_project.shop.models import Order, OrderLine, Product


class OutOfStock(Exception):
    """Less is left than the cart holds; the message names the product."""


@transaction.atomic
def place_order(lines: Sequence[Line], *, buyer: Mapping[str, Any]) -> Order:
    """Store the order and take its products from stock.

    Raises:
        OutOfStock: another buyer was faster; nothing is stored.
    """
    order = Order.objects.create(
        name=buyer["name"],
        email=buyer["email"],
        address=buyer["address"],
        total=sum(line.total for line in lines),
    )
    for product, quantity in lines:
        in_stock = Product.objects.filter(pk=product.pk, stock__gte=quantity)
        if not in_stock.update(stock=F("stock") - quantity):
            raise OutOfStock(product.name)
        OrderLine.objects.create(
            order=order, product=product, quantity=quantity, price=product.price
        )
    return order
