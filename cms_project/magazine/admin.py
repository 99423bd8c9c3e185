"""The magazine in the admin."""

from django.contrib import admin

from cms_project.magazine.models import Article, Subscriber, Topic


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    """Topics."""

    list_display = ("name", "slug", "position")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    """Articles, newest first."""

    list_display = ("title", "topic", "author", "published_at")
    list_filter = ("topic",)
    search_fields = ("title", "standfirst")
    prepopulated_fields = {"slug": ("title",)}


@admin.register(Subscriber)
class SubscriberAdmin(admin.ModelAdmin):
    """The newsletter's readers."""

    list_display = ("email", "subscribed_at")
    search_fields = ("email",)
