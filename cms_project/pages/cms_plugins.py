"""The plugins that editors build pages with."""

from typing import Any

from cms.models import CMSPlugin
from cms.plugin_base import CMSPluginBase
from cms.plugin_pool import plugin_pool
from django.utils.translation import gettext_lazy as _

from cms_project.magazine.forms import NewsletterForm
from cms_project.pages.models import ArticleList, Band, Film, Hero, ProductList
from cms_project.shop.models import Category


class SitePlugin(CMSPluginBase):
    """What all plugins of the site share: their group in the menu."""

    module = _("Alder")


@plugin_pool.register_plugin
class HeroPlugin(SitePlugin):
    """A large opening."""

    model = Hero
    name = _("Hero")
    render_template = "pages/hero.html"


@plugin_pool.register_plugin
class BandPlugin(SitePlugin):
    """A part of a page."""

    model = Band
    name = _("Band")
    render_template = "pages/band.html"
    allow_children = True


@plugin_pool.register_plugin
class ArticleListPlugin(SitePlugin):
    """The newest articles."""

    model = ArticleList
    name = _("Articles")
    render_template = "pages/article_list.html"


@plugin_pool.register_plugin
class ProductListPlugin(SitePlugin):
    """Products of a category."""

    model = ProductList
    name = _("Products")
    render_template = "pages/product_list.html"


@plugin_pool.register_plugin
class ShelvesPlugin(SitePlugin):
    """Links to the shop's categories."""

    model = CMSPlugin
    name = _("Shelves")
    render_template = "pages/shelves.html"

    def render(self, context: Any, instance: CMSPlugin, placeholder: str) -> Any:
        """Add the categories."""
        context = super().render(context, instance, placeholder)
        context["categories"] = Category.objects.prefetch_related("products")
        return context


@plugin_pool.register_plugin
class FilmPlugin(SitePlugin):
    """A short film."""

    model = Film
    name = _("Film")
    render_template = "pages/film.html"


@plugin_pool.register_plugin
class NewsletterPlugin(SitePlugin):
    """The newsletter's form."""

    model = CMSPlugin
    name = _("Newsletter")
    render_template = "magazine/_newsletter.html"

    def render(self, context: Any, instance: CMSPlugin, placeholder: str) -> Any:
        """Add the form."""
        context = super().render(context, instance, placeholder)
        context["form"] = NewsletterForm(auto_id=f"newsletter-{instance.pk}-%s")
        return context
