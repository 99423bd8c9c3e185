"""The shop, from the shelf to the confirmation."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from cms_project.shop.models import Order, Product

ADDRESS = {"name": "Ada", "email": "ada@example.com", "address": "Lane 1", "payment": "invoice"}


@pytest.mark.usefixtures("alder")
def test_a_visitor_buys_a_kettle(visitor: Client) -> None:
    shelf = visitor.get("/shop/kitchen/")
    assert "Ridge kettle" in shelf.content.decode()
    page = visitor.get("/shop/kitchen/ridge-kettle/")
    assert 'data-view="Product Viewed"' in page.content.decode()

    visitor.post(reverse("shop:add", args=["K-101"]))
    cart = visitor.get("/cart/")
    assert "64.00" in cart.content.decode()
    confirmation = visitor.post("/checkout/", ADDRESS, follow=True)

    assert 'data-view="Order Completed"' in confirmation.content.decode()
    order = Order.objects.get()
    assert order.properties["products"][0]["product_id"] == "K-101"
    assert visitor.cookies["basket_count"].value == "0"


@pytest.mark.usefixtures("shelves")
def test_an_order_takes_its_products_from_stock(visitor: Client) -> None:
    before = Product.objects.get(sku="K-101").stock
    visitor.post(reverse("shop:add", args=["K-101"]))
    visitor.post("/checkout/", ADDRESS)

    assert Product.objects.get(sku="K-101").stock == before - 1


@pytest.mark.usefixtures("shelves")
def test_who_comes_too_late_is_told_and_keeps_the_cart(visitor: Client) -> None:
    visitor.post(reverse("shop:add", args=["K-101"]))
    Product.objects.filter(sku="K-101").update(stock=0)
    answer = visitor.post("/checkout/", ADDRESS)

    assert "not enough left of “Ridge kettle”" in answer.content.decode()
    assert not Order.objects.exists()
    assert visitor.cookies["basket_count"].value == "1"


@pytest.mark.usefixtures("shelves")
def test_an_empty_cart_has_no_check_out(visitor: Client) -> None:
    assert visitor.get("/checkout/").headers["Location"] == "/cart/"


@pytest.mark.usefixtures("shelves")
def test_a_wish_comes_and_goes(visitor: Client) -> None:
    visitor.post(reverse("shop:wish", args=["W-201"]))
    assert "Block plane" in visitor.get("/wishlist/").content.decode()
    visitor.post(reverse("shop:unwish", args=["W-201"]))
    assert "Block plane" not in visitor.get("/wishlist/").content.decode()


@pytest.mark.usefixtures("shelves")
def test_another_sites_page_cannot_fill_a_cart(visitor: Client) -> None:
    url = reverse("shop:add", args=["K-101"])

    assert visitor.post(url, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert visitor.post(url, headers={"origin": "https://evil.example"}).status_code == 403
    assert visitor.post(url, headers={"origin": "http://testserver"}).status_code == 302


@pytest.mark.usefixtures("alder")
def test_a_stored_product_page_is_the_same_for_everybody(visitor: Client) -> None:
    first = visitor.get("/shop/kitchen/ridge-kettle/").content.decode()
    visitor.post(reverse("shop:add", args=["K-101"]))
    second = visitor.get("/shop/kitchen/ridge-kettle/").content.decode()

    assert first == second
    assert not re.search(r"csrf|sessionid", first)


@pytest.mark.usefixtures("shelves")
def test_no_page_touches_the_session(visitor: Client) -> None:
    for url in ("/shop/kitchen/", "/shop/kitchen/ridge-kettle/", "/stories/kitchen/", "/cart/"):
        assert "sessionid" not in visitor.get(url).cookies
