"""The form in which an editor says whom to view pages as; what is left empty is left open."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from personalize.models import Arm, EventDefinition, Experiment, Segment
from personalize.render.preview import Deed, Persona
from personalize.rules.fields import did_you_mean

MOST_TIMES = 1_000
DEVICES = [
    ("", _("as mine")),
    ("desktop", _("desktop")),
    ("mobile", _("mobile phone")),
    ("tablet", _("tablet")),
    ("tv", _("television")),
]
LINE = re.compile(
    r"(?P<event>[^:(]+?)\s*(:\s*(?P<times>\d{1,4}))?\s*(\b(?P<ago>\d{1,4}[mhd])\s+ago)?"
    r"\s*(\((?P<properties>.*)\))?"
)
MINUTES = {"m": 1, "h": 60, "d": 1_440}


class Cart(NamedTuple):
    """A state of the cart: its name, and what a visitor has done who has it."""

    label: Any
    deeds: tuple[Deed, ...]


_ADDED = Deed("Product Added", 2, minutes_ago=10)
CARTS = {
    "filled": Cart(_("holds products"), (_ADDED,)),
    "checkout": Cart(_("at the check-out"), (_ADDED, Deed("Checkout Started", minutes_ago=1))),
    "abandoned": Cart(
        _("abandoned yesterday"),
        (
            Deed("Product Added", 2, minutes_ago=1_450),
            Deed("Checkout Started", minutes_ago=1_440),
        ),
    ),
    "ordered": Cart(
        _("ordered just now"),
        (_ADDED, Deed("Checkout Started", minutes_ago=5), Deed("Order Completed", minutes_ago=1)),
    ),
}


class PersonaForm(forms.Form):
    """Reads a `Persona`; `initial_of` writes one back."""

    page = forms.CharField(
        label=_("page"), initial="/", help_text=_("Where to begin: a path of this site.")
    )
    segments = forms.MultipleChoiceField(
        label=_("segments"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "With any ticked, the visitor belongs to exactly these. With none, to those whose "
            "rules the facts below meet."
        ),
    )
    device = forms.ChoiceField(label=_("device"), choices=DEVICES, required=False)
    country = forms.RegexField(
        r"\A[A-Za-z]{2}\Z",
        label=_("country"),
        required=False,
        help_text=_("Two letters, such as DE."),
    )
    language = forms.RegexField(
        r"\A[A-Za-z]{2,3}\Z",
        label=_("language of the browser"),
        required=False,
        help_text=_("Two or three letters, such as de."),
    )
    logged_in = forms.BooleanField(label=_("logged in"), required=False)
    at = forms.DateTimeField(
        label=_("date and time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Schedules, hours and windows are of this moment. Empty: now."),
    )
    cart = forms.ChoiceField(label=_("cart"), required=False)
    deeds = forms.CharField(
        label=_("what they did"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "An event a line, such as: Product Viewed: 3 2d ago (category=shoes, price=60)."
        ),
    )
    traits = forms.CharField(
        label=_("traits"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line, such as: plan: gold. Made-up ones: a link to share holds them."),
    )
    arms = forms.MultipleChoiceField(
        label=_("experiment arms"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Shown whatever the experiment's audience, also before it starts. Experiments without "
            "a tick are left out."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        live = Segment.objects.filter(is_live=True)
        self.fields["segments"].choices = list(live.values_list("slug", "name"))  # type: ignore[attr-defined]
        self.fields["arms"].choices = list(_arm_choices())  # type: ignore[attr-defined]
        carts = [("", _("not said")), *((key, cart.label) for key, cart in CARTS.items())]
        self.fields["cart"].choices = carts  # type: ignore[attr-defined]

    def clean_page(self) -> str:
        """Take a path; where it leads is up to the site."""
        path = str(self.cleaned_data["page"])
        if not path.startswith("/") or path.startswith("//"):
            raise forms.ValidationError(_("Expected a path that begins with a slash."))
        return path

    def clean_traits(self) -> dict[str, Any]:
        """Read a trait a line."""
        traits = {}
        for line in self.cleaned_data["traits"].splitlines():
            key, colon, value = line.partition(":")
            if line.strip() and not (key.strip() and colon):
                raise forms.ValidationError(
                    _("Expected “name: value”, got “%(line)s”."), params={"line": line}
                )
            if line.strip():
                traits[key.strip()] = _value(value)
        return traits

    def clean_deeds(self) -> tuple[Deed, ...]:
        """Read an event a line; its name has to be one that is known here."""
        lines = [line.strip() for line in self.cleaned_data["deeds"].splitlines()]
        return tuple(_deed(line) for line in lines if line)

    def clean_arms(self) -> dict[str, str]:
        """Take one arm an experiment."""
        pairs = [chosen.partition("/")[::2] for chosen in self.cleaned_data["arms"]]
        if len(dict(pairs)) < len(pairs):
            raise forms.ValidationError(_("Expected one arm of each experiment at most."))
        return dict(pairs)

    def persona(self) -> Persona:
        """Return what the form says."""
        given = self.cleaned_data
        context = {
            "device": given["device"],
            "country": given["country"].upper(),
            "language": given["language"].lower(),
            "logged_in": given["logged_in"],
        }
        return Persona(
            segments=tuple(given["segments"]),
            traits=given["traits"],
            context={name: value for name, value in context.items() if value},
            deeds=(CARTS[given["cart"]].deeds if given["cart"] else ()) + given["deeds"],
            arms=given["arms"],
            at=int(given["at"].timestamp() * 1_000) if given["at"] else None,
        )


def initial_of(persona: Persona) -> dict[str, Any]:
    """Return what the form says of a persona."""
    at = persona.at and localtime(datetime.fromtimestamp(persona.at / 1_000, UTC))
    return {
        **persona.context,
        "segments": list(persona.segments),
        "traits": "\n".join(f"{key}: {_written(value)}" for key, value in persona.traits.items()),
        "deeds": "\n".join(map(_line, persona.deeds)),
        "arms": [f"{experiment}/{arm}" for experiment, arm in persona.arms.items()],
        "at": at,
    }


def _arm_choices() -> Iterator[tuple[str, str]]:
    ended = (Experiment.Status.STOPPED, Experiment.Status.DECIDED)
    arms = Arm.objects.exclude(experiment__status__in=ended).select_related("experiment")
    for arm in arms.order_by("experiment__name", "pk"):
        yield f"{arm.experiment.uuid}/{arm.key}", f"{arm.experiment}: {arm.key}"


def _deed(line: str) -> Deed:
    found = LINE.fullmatch(line)
    if not found:
        raise forms.ValidationError(
            _("Expected “Event: times”, got “%(line)s”."), params={"line": line}
        )
    event, ago = found["event"].strip(), found["ago"]
    if not EventDefinition.objects.filter(name=event).exists():
        names = EventDefinition.objects.values_list("name", flat=True)
        raise forms.ValidationError(
            _("There is no event “%(event)s”.%(near)s"),
            params={"event": event, "near": did_you_mean(event, names)},
        )
    return Deed(
        event,
        times=min(int(found["times"] or 1), MOST_TIMES),
        properties=_properties(found["properties"] or ""),
        minutes_ago=int(ago[:-1]) * MINUTES[ago[-1]] if ago else 0,
    )


def _properties(text: str) -> dict[str, Any]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    return {key.strip(): _value(value) for key, _equals, value in pairs}


def _line(deed: Deed) -> str:
    ago = f" {deed.minutes_ago}m ago" if deed.minutes_ago else ""
    pairs = ", ".join(f"{key}={_written(value)}" for key, value in deed.properties.items())
    return f"{deed.event}: {deed.times}{ago}" + (f" ({pairs})" if pairs else "")


def _value(text: str) -> Any:
    """Return a number, a boolean or a list where it is one, else the text."""
    text = text.strip()
    try:
        return json.loads(text)
    except ValueError:
        return text


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
