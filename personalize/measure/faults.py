"""What is wrong with the machinery, in sentences for people."""

from django.utils.translation import gettext, ngettext

from personalize.measure.health import Readiness


def faults(state: Readiness) -> list[str]:
    """Return a sentence for everything that is wrong, with what to do about it."""
    found = []
    if state.redis:
        found.append(
            gettext("Redis does not answer: pages show defaults and no event is accepted.")
        )
    elif state.stream:
        found.append(gettext("The stream does not answer: no event is accepted."))
    if state.database:
        found.append(gettext("The database does not answer: what is known is not stored."))
    if state.is_late:
        found.append(_late(state))
    if not state.redis and state.is_silent("worker"):
        found.append(gettext("No worker has given a sign for a minute. Start one: celery worker."))
    elif not state.redis and state.is_silent("beat"):
        found.append(gettext("Beat has given no sign for a minute. Start it: celery beat."))
    return found


def _late(state: Readiness) -> str:
    minutes = int(state.oldest_seconds // 60)
    return ngettext(
        "Profiles are %(minutes)d minute behind what visitors do; %(events)d events wait.",
        "Profiles are %(minutes)d minutes behind what visitors do; %(events)d events wait.",
        minutes,
    ) % {"minutes": minutes, "events": state.waiting}
