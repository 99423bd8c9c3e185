"""Categories, products and orders."""

import uuid
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

CURRENCY = "EUR"


class Category(models.Model):
    """A shelf of the shop."""

    name = models.CharField(_("name"), max_length=60)
    slug = models.SlugField(_("slug"), unique=True)
    description = models.TextField(_("description"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("shop:category", args=[self.slug])


class Product(models.Model):
    """Something to buy, with its illustration as a path below `static/`."""

    sku = models.CharField(_("article number"), max_length=40, unique=True)
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="products", verbose_name=_("category")
    )
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=120, unique=True)
    tagline = models.CharField(_("tagline"), max_length=160, blank=True)
    description = models.TextField(_("description"))
    price = models.DecimalField(_("price"), max_digits=8, decimal_places=2)
    stock = models.PositiveIntegerField(_("stock"), default=0)
    image = models.CharField(_("illustration"), max_length=200, help_text=_("Path below static/."))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("shop:product", args=[self.category.slug, self.slug])

    @property
    def properties(self) -> dict[str, Any]:
        """What events about the product carry, in the names of Segment's e-commerce spec."""
        return {
            "product_id": self.sku,
            "name": self.name,
            "category": self.category.slug,
            "price": float(self.price),
            "currency": CURRENCY,
        }


class Order(models.Model):
    """A purchase; the payment is a pretence."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"))
    address = models.TextField(_("address"))
    total = models.DecimalField(_("total"), max_digits=10, decimal_places=2)
    placed_at = models.DateTimeField(_("placed"), auto_now_add=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-placed_at"]

    def __str__(self) -> str:
        return str(self.uuid)[:8]

    @property
    def properties(self) -> dict[str, Any]:
        """What the event "Order Completed" carries."""
        lines = self.lines.select_related("product__category")
        return {
            "order_id": str(self.uuid),
            "total": float(self.total),
            "revenue": float(self.total),
            "currency": CURRENCY,
            "products": [{**line.product.properties, "quantity": line.quantity} for line in lines],
        }


class OrderLine(models.Model):
    """One product of an order, at the price it had."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, verbose_name=_("product"))
    quantity = models.PositiveIntegerField(_("quantity"))
    price = models.DecimalField(_("price"), max_digits=8, decimal_places=2)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "product"], name="shop_order_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"
