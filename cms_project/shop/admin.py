"""The shop in the admin."""

from django.contrib import admin

from cms_project.shop.models import Category, Order, OrderLine, Product


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    """Shelves."""

    list_display = ("name", "slug", "position")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    """Products."""

    list_display = ("name", "sku", "category", "price", "stock")
    list_filter = ("category",)
    search_fields = ("name", "sku")
    prepopulated_fields = {"slug": ("name",)}


class OrderLineInline(admin.TabularInline):
    """An order's products."""

    model = OrderLine
    extra = 0


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """Orders, newest first."""

    list_display = ("__str__", "total", "placed_at")
    inlines = (OrderLineInline,)
