"""One simulated visit: messages of the Segment spec, one after another, on a clock of its own."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from cms_project.demo.archetypes import Device

ORIGIN = "https://alder.example"


class Walk:
    """Keeps who is visiting, where, and when; `messages` grows as they go."""

    def __init__(
        self, name: str, *, device: Device, place: tuple[str, str], address: str, random: Random
    ) -> None:
        self.name = name
        self.random = random
        self.user_id = ""
        self.now = datetime.min.replace(tzinfo=UTC)
        self.messages: list[dict[str, Any]] = []
        self._path = "/"
        self._title = "Home"
        self._referrer = ""
        self._context = {
            "userAgent": device.user_agent,
            "ip": address,
            "locale": place[0],
            "timezone": place[1],
            "screen": {"width": device.width},
        }

    def arrive(self, at: datetime, *, referrer: str, campaign: Mapping[str, str] | None) -> None:
        """Begin a session."""
        self.now = at
        self._referrer = referrer
        self._context.pop("campaign", None)
        if campaign:
            self._context["campaign"] = dict(campaign)

    def open(self, path: str, *, title: str) -> None:
        """Open a page."""
        self._path, self._title = path, title
        self._say("page", name=title, properties=self._page())
        self._referrer = ORIGIN + path

    def stay(self, seconds: int, *, percent: int) -> None:
        """Spend visible time on the page and scroll so far."""
        self.now += timedelta(seconds=seconds)
        if seconds:
            self.track("Page Engaged", {"visible_seconds": seconds})
            if percent > 50:
                self.track("Page Scrolled", {"percent": percent})

    def track(self, event: str, properties: Mapping[str, Any] | None = None) -> None:
        """Do something."""
        self.now += timedelta(milliseconds=self.random.randint(150, 2500))
        self._say("track", event=event, properties=dict(properties or {}))

    def sign_in(self, user_id: str, *, first_name: str) -> None:
        """Become known."""
        self.user_id = user_id
        self._say("identify", traits={"first_name": first_name})
        self.track("Signed In")

    def _page(self) -> dict[str, str]:
        return {
            "path": self._path,
            "url": ORIGIN + self._path,
            "title": self._title,
            "referrer": self._referrer,
        }

    def _say(self, kind: str, **fields: Any) -> None:
        identity = {"userId": self.user_id} if self.user_id else {}
        self.messages.append(
            {
                "type": kind,
                "messageId": f"demo-{self.name}-{len(self.messages)}",
                "anonymousId": self.name,
                **identity,
                "timestamp": self.now.isoformat(timespec="milliseconds"),
                "context": {**self._context, "page": self._page()},
                **fields,
            }
        )
