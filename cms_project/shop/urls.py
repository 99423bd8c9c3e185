"""The shop's URLs; its front page is a page of the CMS."""

from django.urls import path

from cms_project.shop import views

app_name = "shop"
urlpatterns = [
    path("shop/<slug:slug>/", views.category, name="category"),
    path("shop/<slug:category>/<slug:slug>/", views.product, name="product"),
    path("cart/", views.cart, name="cart"),
    path("cart/add/<slug:sku>/", views.add_to_cart, name="add"),
    path("cart/change/<slug:sku>/", views.change_cart, name="change"),
    path("wishlist/", views.wishlist, name="wishlist"),
    path("wishlist/add/<slug:sku>/", views.add_wish, name="wish"),
    path("wishlist/remove/<slug:sku>/", views.remove_wish, name="unwish"),
    path("checkout/", views.checkout, name="checkout"),
    path("orders/<uuid:number>/", views.ordered, name="ordered"),
]
