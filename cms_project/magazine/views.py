"""Sections, articles, search, and the newsletter."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cms_project.caching import cached_page
from cms_project.guard import same_origin_only
from cms_project.magazine.forms import NewsletterForm
from cms_project.magazine.models import Article, Topic
from cms_project.shop.models import Product

RELATED = 3
FOUND = 12


@cached_page
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a section's articles, and what the shop has for it."""
    shown = get_object_or_404(Topic, slug=slug)
    products = Product.objects.filter(category__slug=slug).select_related("category")[:RELATED]
    articles = shown.articles.select_related("topic")
    context = {"topic": shown, "articles": articles, "products": products}
    return render(request, "magazine/topic.html", context)


@cached_page
def article(request: HttpRequest, topic: str, slug: str) -> HttpResponse:
    """Show one article."""
    shown = get_object_or_404(Article.objects.select_related("topic"), slug=slug, topic__slug=topic)
    related = Article.objects.filter(topic=shown.topic).exclude(pk=shown.pk).select_related("topic")
    context = {"article": shown, "related": related[:RELATED], "url": request.build_absolute_uri()}
    return render(request, "magazine/article.html", context)


def search(request: HttpRequest) -> HttpResponse:
    """Find articles and products by a word in their texts."""
    query = request.GET.get("q", "").strip()[:80]
    context: dict[str, Any] = {"query": query}
    if query:
        in_article = (
            Q(title__icontains=query) | Q(standfirst__icontains=query) | Q(body__icontains=query)
        )
        in_product = Q(name__icontains=query) | Q(description__icontains=query)
        context["articles"] = Article.objects.filter(in_article).select_related("topic")[:FOUND]
        context["products"] = Product.objects.filter(in_product).select_related("category")[:FOUND]
        context["found"] = {"query": query, "results": len(context["products"])}
    return render(request, "magazine/search.html", context)


@same_origin_only
@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Take a reader's address; asking twice is fine."""
    form = NewsletterForm(request.POST)
    if not form.is_valid():
        return render(request, "magazine/newsletter.html", {"form": form}, status=400)
    form.subscribe()
    return redirect("magazine:subscribed")


def subscribed(request: HttpRequest) -> HttpResponse:
    """Thank a new reader of the newsletter."""
    return render(request, "magazine/subscribed.html")
