"""What the page's plugins store."""

from cms.models import CMSPlugin
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cms_project.magazine.models import Article, Topic
from cms_project.shop.models import Category, Product


class Tone(models.TextChoices):
    """Background colours that the stylesheet knows."""

    PLAIN = "plain", _("Plain")
    WARM = "warm", _("Warm")
    MOSS = "moss", _("Moss")
    NIGHT = "night", _("Night")


class Hero(CMSPlugin):
    """A large opening: words, a link, a picture."""

    kicker = models.CharField(_("kicker"), max_length=60, blank=True)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text"), blank=True)
    link_label = models.CharField(_("link label"), max_length=60, blank=True)
    link_url = models.CharField(_("link address"), max_length=200, blank=True)
    image = models.CharField(
        _("illustration"), max_length=200, blank=True, help_text=_("Path below static/.")
    )
    tone = models.CharField(_("tone"), max_length=5, choices=Tone, default=Tone.WARM)

    def __str__(self) -> str:
        return self.title


class Band(CMSPlugin):
    """A part of a page, across its width, with a heading; holds other plugins."""

    title = models.CharField(_("title"), max_length=120, blank=True)
    tone = models.CharField(_("tone"), max_length=5, choices=Tone, default=Tone.PLAIN)

    def __str__(self) -> str:
        return self.title or str(self.pk)


class ArticleList(CMSPlugin):
    """The newest articles, of one topic or of all."""

    title = models.CharField(_("title"), max_length=120, blank=True)
    topic = models.ForeignKey(
        Topic, models.SET_NULL, null=True, blank=True, verbose_name=_("topic"), related_name="+"
    )
    limit = models.PositiveSmallIntegerField(_("how many"), default=3)

    def __str__(self) -> str:
        return self.title or str(self.topic or "")

    def articles(self) -> QuerySet[Article]:
        """Return the articles to show."""
        found = Article.objects.select_related("topic")
        return (found.filter(topic=self.topic) if self.topic else found)[: self.limit]


class ProductList(CMSPlugin):
    """Products of one category, or of all."""

    title = models.CharField(_("title"), max_length=120, blank=True)
    category = models.ForeignKey(
        Category,
        models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("category"),
        related_name="+",
    )
    limit = models.PositiveSmallIntegerField(_("how many"), default=4)

    def __str__(self) -> str:
        return self.title or str(self.category or "")

    def products(self) -> QuerySet[Product]:
        """Return the products to show."""
        found = Product.objects.select_related("category")
        return (found.filter(category=self.category) if self.category else found)[: self.limit]


class Film(CMSPlugin):
    """A short film with its still."""

    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text"), blank=True)
    film = models.CharField(_("film"), max_length=200, help_text=_("Path below static/."))
    still = models.CharField(_("still"), max_length=200, help_text=_("Path below static/."))

    def __str__(self) -> str:
        return self.title
