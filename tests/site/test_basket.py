"""The cart and the wishlist in a cookie."""

from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from cms_project.shop.basket import Basket, read_basket, write_basket
from cms_project.shop.models import Product


def test_a_basket_survives_the_browser() -> None:
    kept = HttpResponse()
    write_basket(kept, basket=Basket({"K-101": 2}, ("W-201",)))
    request = RequestFactory().get("/")
    request.COOKIES["basket"] = kept.cookies["basket"].value

    assert read_basket(request) == Basket({"K-101": 2}, ("W-201",))


def test_a_tampered_basket_is_an_empty_one() -> None:
    request = RequestFactory().get("/")
    request.COOKIES["basket"] = '{"cart": {"K-101": 99}, "wishes": []}:forged:signature'

    assert read_basket(request) == Basket()


def test_none_of_a_product_takes_it_out() -> None:
    basket = Basket({"K-101": 2, "K-102": 1}).with_quantity("K-101", quantity=0)

    assert basket.quantities == {"K-102": 1}
    assert basket.count == 1


def test_a_wish_stands_first_and_once() -> None:
    basket = Basket(wishes=("K-101", "K-102")).with_wish("K-102")

    assert basket.wishes == ("K-102", "K-101")


def test_the_cart_holds_no_more_than_the_shop_has(visitor: Client, shelves: None) -> None:
    Product.objects.filter(sku="K-101").update(stock=1)
    for _ in range(3):
        visitor.post(reverse("shop:add", args=["K-101"]))

    assert visitor.cookies["basket_count"].value == "1"


def test_a_quantity_that_is_no_number_takes_the_product_out(visitor: Client, shelves: None) -> None:
    visitor.post(reverse("shop:add", args=["K-101"]))
    visitor.post(reverse("shop:change", args=["K-101"]), {"quantity": "1e9"})

    assert visitor.cookies["basket_count"].value == "0"
