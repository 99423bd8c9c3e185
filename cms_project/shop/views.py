"""The shop: shelves, products, cart, wishlist, check-out."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cms_project.caching import cached_page
from cms_project.guard import same_origin_only
from cms_project.shop.basket import Basket, read_basket, write_basket
from cms_project.shop.forms import CheckoutForm
from cms_project.shop.models import CURRENCY, Category, Order, Product
from cms_project.shop.ordering import OutOfStock, place_order

RELATED = 3


@cached_page
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a shelf."""
    shown = get_object_or_404(Category, slug=slug)
    products = shown.products.select_related("category")
    others = Category.objects.exclude(pk=shown.pk)
    properties = {
        "list_id": shown.slug,
        "category": shown.slug,
        "products": [{"product_id": product.sku} for product in products],
    }
    context = {"category": shown, "products": products, "others": others, "properties": properties}
    return render(request, "shop/category.html", context)


@cached_page
def product(request: HttpRequest, category: str, slug: str) -> HttpResponse:
    """Show a product."""
    shelf = Product.objects.select_related("category")
    shown = get_object_or_404(shelf, slug=slug, category__slug=category)
    related = shelf.filter(category=shown.category).exclude(pk=shown.pk)[:RELATED]
    context = {"product": shown, "related": related, "url": request.build_absolute_uri()}
    return render(request, "shop/product.html", context)


@never_cache
def cart(request: HttpRequest) -> HttpResponse:
    """Show the cart."""
    return render(request, "shop/cart.html", _cart_context(read_basket(request)))


@same_origin_only
@require_POST
def add_to_cart(request: HttpRequest, sku: str) -> HttpResponse:
    """Put one more of a product into the cart."""
    wanted = get_object_or_404(Product, sku=sku)
    basket = read_basket(request)
    quantity = min(basket.quantities.get(sku, 0) + 1, wanted.stock)
    return _kept(basket.with_quantity(sku, quantity=quantity), to="shop:cart")


@same_origin_only
@require_POST
def change_cart(request: HttpRequest, sku: str) -> HttpResponse:
    """Set how many of a product the cart holds; 0 takes it out."""
    wanted = get_object_or_404(Product, sku=sku)
    given = request.POST.get("quantity", "")
    quantity = min(int(given), wanted.stock) if given.isdecimal() and len(given) < 5 else 0
    return _kept(read_basket(request).with_quantity(sku, quantity=quantity), to="shop:cart")


@never_cache
def wishlist(request: HttpRequest) -> HttpResponse:
    """Show what the visitor wishes for."""
    return render(request, "shop/wishlist.html", {"products": read_basket(request).wished()})


@same_origin_only
@require_POST
def add_wish(request: HttpRequest, sku: str) -> HttpResponse:
    """Put a product on the wishlist."""
    get_object_or_404(Product, sku=sku)
    return _kept(read_basket(request).with_wish(sku), to="shop:wishlist")


@same_origin_only
@require_POST
def remove_wish(request: HttpRequest, sku: str) -> HttpResponse:
    """Take a product off the wishlist."""
    return _kept(read_basket(request).without_wish(sku), to="shop:wishlist")


@never_cache
def checkout(request: HttpRequest) -> HttpResponse:
    """Ask for the address, then place the order."""
    basket = read_basket(request)
    lines = basket.lines()
    if not lines:
        return redirect("shop:cart")
    form = CheckoutForm(request.POST or None)
    if form.is_valid():
        try:
            order = place_order(lines, buyer=form.cleaned_data)
        except OutOfStock as error:
            form.add_error(None, _("There is not enough left of “%s”.") % error)
        else:
            response = redirect("shop:ordered", order.uuid)
            write_basket(response, basket=Basket(wishes=basket.wishes))
            return response
    return render(request, "shop/checkout.html", {"form": form, **_cart_context(basket)})


@never_cache
def ordered(request: HttpRequest, number: UUID) -> HttpResponse:
    """Confirm an order."""
    return render(request, "shop/ordered.html", {"order": get_object_or_404(Order, uuid=number)})


def _cart_context(basket: Basket) -> dict[str, object]:
    lines = basket.lines()
    total = sum(line.total for line in lines)
    properties = {
        "value": float(total),
        "currency": CURRENCY,
        "products": [{**line.product.properties, "quantity": line.quantity} for line in lines],
    }
    return {"lines": lines, "total": total, "properties": properties}


def _kept(basket: Basket, *, to: str) -> HttpResponse:
    response = redirect(to)
    write_basket(response, basket=basket)
    return response
