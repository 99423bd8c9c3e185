"""Topics, articles, and the readers of the newsletter."""

from django.db import models
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _

WORDS_PER_MINUTE = 220


class Topic(models.Model):
    """What the magazine writes about; the shop's categories bear the same slugs."""

    name = models.CharField(_("name"), max_length=60)
    slug = models.SlugField(_("slug"), unique=True)
    description = models.TextField(_("description"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("magazine:topic", args=[self.slug])


class Article(models.Model):
    """A story, with its illustration as a path below `static/`."""

    topic = models.ForeignKey(
        Topic, models.PROTECT, related_name="articles", verbose_name=_("topic")
    )
    title = models.CharField(_("title"), max_length=160)
    slug = models.SlugField(_("slug"), max_length=160, unique=True)
    standfirst = models.TextField(
        _("standfirst"), help_text=_("One or two sentences below the title.")
    )
    body = models.TextField(_("text"), help_text=_("HTML, written by the editors."))
    author = models.CharField(_("author"), max_length=80)
    image = models.CharField(_("illustration"), max_length=200, help_text=_("Path below static/."))
    published_at = models.DateTimeField(_("published"), db_index=True)

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("magazine:article", args=[self.topic.slug, self.slug])

    @property
    def reading_minutes(self) -> int:
        """How long a reader needs, at least a minute."""
        return max(1, round(len(strip_tags(self.body).split()) / WORDS_PER_MINUTE))

    @property
    def properties(self) -> dict[str, str]:
        """What events about the article carry."""
        return {"content_id": self.slug, "title": self.title, "topic": self.topic.slug}


class Subscriber(models.Model):
    """A reader who asked for the newsletter."""

    email = models.EmailField(_("e-mail"), unique=True)
    subscribed_at = models.DateTimeField(_("subscribed"), auto_now_add=True)

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        ordering = ["-subscribed_at"]

    def __str__(self) -> str:
        return self.email
