"""The page editor's own addresses: put content into a slot, add a variant, order the variants."""

from typing import Any
from uuid import uuid4

from cms import operations
from cms.models import CMSPlugin, Placeholder
from cms.plugin_base import PluginMenuItem
from cms.plugin_pool import plugin_pool
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from personalize.cms.editing import (
    SLOT,
    VARIANT,
    fits_a_slot,
    may_change,
    order_variants,
    put_into_slot,
)
from personalize.cms.models import PageSlot

WRAP, ADD, ORDER = "personalize_cms_wrap", "personalize_cms_add_variant", "personalize_cms_order"


def urls() -> list[URLPattern]:
    """Return the addresses, for people of the admin."""
    views = (("wrap", wrap, WRAP), ("variant", add_variant, ADD), ("order", order, ORDER))
    return [
        path(f"<int:pk>/{word}/", admin.site.admin_view(view), name=name)
        for word, view, name in views
    ]


def address(name: str, plugin: CMSPlugin) -> str:
    """Return one of the addresses for a plugin."""
    return reverse(f"admin:{name}", args=[plugin.pk])


def menu_items(user: Any, plugin: CMSPlugin) -> list[PluginMenuItem]:
    """Return what the menu of a plugin in the structure offers to this person."""
    if plugin.plugin_type == SLOT and may_change(user, plugin):
        return [_item(_("Add a variant"), ADD, plugin, "modal")]
    if fits_a_slot(plugin) and may_change(user, plugin):
        return [
            _item(_("Personalize"), ADD, plugin, "modal"),
            _item(_("Put into a slot"), WRAP, plugin, "ajax"),
        ]
    return []


@require_POST
@transaction.atomic
def wrap(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the plugin into a slot, as its default."""
    plugin = _changeable(request, pk)
    if not fits_a_slot(plugin):
        return HttpResponseBadRequest(_("This content cannot stand in a slot."))
    slot = put_into_slot(plugin)
    _tell(request, operations.ADD_PLUGIN, slot)
    return JsonResponse({"slot": slot.pk})


@xframe_options_sameorigin
@transaction.atomic
def add_variant(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form of a new variant of the slot, or of the slot to be put around a plugin.

    Nothing is changed before the form is saved.
    """
    plugin = _changeable(request, pk)
    is_slot = plugin.plugin_type == SLOT
    if not is_slot and not fits_a_slot(plugin):
        return HttpResponseBadRequest(_("This content cannot stand in a slot."))
    slot = plugin
    if request.method == "POST" and not is_slot:
        slot = put_into_slot(plugin)
    plugin_class: Any = plugin_pool.get_plugin(VARIANT)
    adding = plugin_class(plugin_class.model, admin.site)
    adding._cms_initial_attributes = {
        "language": plugin.language,
        "placeholder": plugin.placeholder,
        "parent": CMSPlugin.objects.get(pk=slot.pk),
        "plugin_type": VARIANT,
        "position": slot.position + 1 + slot._get_descendants_count(),
    }
    response = adding.add_view(_with_origin(request))
    added = getattr(adding, "saved_object", None)
    if added is None:  # shown, or shown again with errors: then there is no slot yet
        response.render()
        transaction.set_rollback(True)
        return HttpResponse(response.content)
    _tell(request, operations.ADD_PLUGIN, added)
    shown = added if is_slot else None  # with a new slot around it, the page is loaded anew
    closed: HttpResponse = adding.render_close_frame(
        request, shown, action="add" if is_slot else "personalize"
    )
    return closed


@require_POST
@transaction.atomic
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the slot's variants be tried in the order of the posted keys."""
    slot = get_object_or_404(PageSlot, pk=_changeable(request, pk).pk)
    try:
        ordered = order_variants(slot, [int(key) for key in request.POST.getlist("variant")])
    except ValueError as error:
        return HttpResponseBadRequest(str(error))
    _tell(request, operations.CHANGE_PLUGIN, slot)
    return JsonResponse({"priorities": {variant.pk: variant.priority for variant in ordered}})


def _changeable(request: HttpRequest, pk: int) -> CMSPlugin:
    """Return the plugin, if this person may change it, and its page is a draft."""
    plugin = get_object_or_404(CMSPlugin.objects.select_related("placeholder", "parent"), pk=pk)
    if not may_change(request.user, plugin) or not plugin.placeholder.check_source(request.user):
        raise PermissionDenied
    return plugin


def _item(name: str, url_name: str, plugin: CMSPlugin, action: str) -> PluginMenuItem:
    looks = {"name": name, "cms-icon": "alias"}
    return PluginMenuItem(name, address(url_name, plugin), action=action, attributes=looks)


def _with_origin(request: HttpRequest) -> HttpRequest:
    """Return the request with the page that it comes from, which django CMS expects."""
    if "cms_path" not in request.GET:
        given: Any = request.GET.copy()
        given["cms_path"] = request.path
        request.GET = given
    return request


def _tell(request: HttpRequest, operation: str, plugin: CMSPlugin) -> None:
    """Tell django CMS of the change, so that the version of the page counts as modified."""
    desk: Any = admin.site._registry[Placeholder]
    desk._send_post_placeholder_operation(
        _with_origin(request),
        operation=operation,
        token=uuid4().hex,
        plugin=plugin,
        placeholder=plugin.placeholder,
    )
