"""Fill the holes of outgoing pages: outside every cache, inside GZip and ConditionalGet."""

import gzip
import time
from collections.abc import AsyncIterator, Callable, Iterator
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from personalize.collect.identity import apply_cookie
from personalize.collect.pixel import pixel_image
from personalize.measure import samples
from personalize.measure.exposures import count_decisions, record_served
from personalize.measure.shown import note_shown
from personalize.metrics import count, observe
from personalize.render.fill import Filled, fill, without_variants
from personalize.render.markers import has_holes_of_ours, is_holed
from personalize.render.preview import COOKIE, end, keep_from_everybody, preview_of
from personalize.render.preview_bar import Shown, add_bar, is_shown_on
from personalize.render.recorded import recorded
from personalize.render.serialized import fill_json, without_holes, without_variants_json
from personalize.render.stream import HoleFilter
from personalize.render.visit import Visit, visit_of

# What belongs to the stored page, or would let a shared cache keep the personal one.
OUTDATED_HEADERS = frozenset(
    {
        "etag",
        "last-modified",
        "expires",
        "cdn-cache-control",
        "surrogate-control",
        "x-accel-expires",
    }
)


class PersonalizeMiddleware:
    """Decides for just the slots of a page; a page without any is left as it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.personalize_fills_holes = True  # type: ignore[attr-defined]
        response = self.get_response(request)
        if response.status_code == HTTPStatus.BAD_REQUEST and _is_pixel(request):
            return pixel_image()
        if isinstance(response, StreamingHttpResponse):
            _fill_stream(request, response)
        elif isinstance(response, HttpResponse):
            _fill_response(request, response)
        if COOKIE in request.COOKIES:
            _finish_preview(request, response)
        apply_cookie(request, response)
        return response

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        """Leave defaults alone to JSON that a page shows to developers: escaped, it has no holes.

        Such a page is of Django REST framework, whose answers are rendered after this.
        """
        renderer = getattr(response, "accepted_renderer", None)
        if getattr(renderer, "format", "") in ("api", "admin"):
            response.data = without_holes(getattr(response, "data", None))
        return response


def _is_pixel(request: HttpRequest) -> bool:
    """Tell whether an image was asked for: also what Django itself refuses gets one."""
    try:
        return resolve(request.path_info).view_name == "personalize:pixel"
    except Resolver404:
        return False


def _fill_response(request: HttpRequest, response: HttpResponse) -> None:
    content = _searchable(response)
    # What is no page may quote a marker that somebody sent: only genuine ones concern it.
    if not (is_holed(content) if _is_page(response) else has_holes_of_ours(content)):
        return
    response.content = _fill(content, request, is_json=_is_json(response))
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(response.content))
    _keep_private(response)


def _searchable(response: HttpResponse) -> bytes:
    """Return the bytes to search; what an inner GZip compressed is unpacked where it is a page."""
    if response.get("Content-Encoding") != "gzip" or not _is_page(response):
        return response.content
    try:
        content = gzip.decompress(response.content)
    except (OSError, EOFError):
        return response.content
    if is_holed(content):
        del response["Content-Encoding"]
        return content
    return response.content


def _fill_stream(request: HttpRequest, response: StreamingHttpResponse) -> None:
    if not _is_page(response) or response.has_header("Content-Encoding"):
        return
    # Its headers leave before anybody can know whether it has holes.
    _keep_private(response)
    chunks = HoleFilter(lambda content: _fill(content, request))
    stream = response.streaming_content
    if isinstance(stream, AsyncIterator):
        response.streaming_content = _filtered_async(stream, chunks)
    else:
        response.streaming_content = _filtered(stream, chunks)


def _filtered(stream: Iterator[bytes], chunks: HoleFilter) -> Iterator[bytes]:
    for chunk in stream:
        yield chunks.feed(chunk)
    yield chunks.rest()


async def _filtered_async(stream: AsyncIterator[bytes], chunks: HoleFilter) -> AsyncIterator[bytes]:
    async for chunk in stream:
        yield chunks.feed(chunk)
    yield chunks.rest()


def _fill(content: bytes, request: HttpRequest, *, is_json: bool = False) -> bytes:
    started = time.perf_counter()
    try:
        visit = visit_of(request, now=time.time_ns() // 1_000_000)
        filled = fill_json(content, visit) if is_json else fill(content, visit)
    except Exception:  # noqa: BLE001 - a page must not fail because its personalization did
        count("render.error")
        return without_variants_json(content) if is_json else without_variants(content)
    if not visit.is_counted:
        request.personalize_shown = Shown(content, visit, filled.decided)  # type: ignore[attr-defined]
        return filled.content
    _record(content, filled, visit)
    observe("render.fill", time.perf_counter() - started)
    return filled.content


def _record(content: bytes, filled: Filled, visit: Visit) -> None:
    count_decisions(filled.decisions)
    is_view = visit.request.method == "GET" and "HTTP_SEC_PURPOSE" not in visit.request.META
    is_preview = getattr(visit.request, "personalize_preview", False)
    if not is_view or is_preview:
        return
    note_shown(filled.decisions, now=visit.now)
    if visit.consent.has_analytics and visit.identity:
        record_served(
            filled.decisions,
            identity=visit.identity,
            path=visit.request.path,
            now=visit.now,
        )
        if samples.is_due():
            _sample(content, filled, visit, subject=visit.identity.subject)


def _sample(content: bytes, filled: Filled, visit: Visit, *, subject: str) -> None:
    """Keep why this page shows what it shows: one in many is."""
    shown = {decision.slot for decision in filled.decisions}
    try:
        made = [
            (record, filled.decided[record.slot])
            for record in recorded(content, visit, decided=filled.decided)
            if record.slot in shown
        ]
    except Exception:  # noqa: BLE001 - as above
        count("samples.error")
        return
    samples.note_decisions(
        made, subject=subject, path=visit.request.path, plan_version=visit.plan.version
    )


def _finish_preview(request: HttpRequest, response: HttpResponseBase) -> None:
    """Say on the page as whom it is seen, and let nobody store it."""
    if COOKIE in response.cookies:  # it begins or ends here
        return
    preview = preview_of(request)
    if preview is None:
        end(response)
        return
    try:
        if isinstance(response, HttpResponse) and is_shown_on(request):
            add_bar(request, response, preview=preview)
    except Exception:  # noqa: BLE001 - as above
        count("render.error")
    _keep_private(response)
    keep_from_everybody(response)


def _is_page(response: HttpResponseBase) -> bool:
    return response.get("Content-Type", "").startswith(("text/html", "application/xhtml"))


def _is_json(response: HttpResponseBase) -> bool:
    kind = response.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _keep_private(response: HttpResponseBase) -> None:
    is_secret = "no-store" in response.get("Cache-Control", "")
    response["Cache-Control"] = "private, no-cache" + (", no-store" if is_secret else "")
    for header in [name for name, _ in response.items() if name.lower() in OUTDATED_HEADERS]:
        del response[header]
