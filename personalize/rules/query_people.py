"""What queries know of people beside their behaviours: who is who, visits, traits, sessions.

A *person* is the user to whom a visitor's rows have a link, else the subject of the rows.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import ibis

from personalize.rules.query_aggregates import EARLY_DIGITS, dated
from personalize.rules.typed import END, ESCAPE

SYSTEM = ("link", "merge", "tick", "backfill")
MOST_TRAIT_NAME = 128
MOST_TRAIT_TEXT = 1_024

_ = ibis._


def is_of_people(events: ibis.Table) -> Any:
    """Return which rows are people's events: neither bots' nor the system's own."""
    return (events.bot == "") & ~events.type.isin(SYSTEM)


def is_visit(rows: ibis.Table) -> Any:
    """Return in which rows the visitor's own program shows."""
    return (rows.source == "browser") | rows.context.contains("device")


def with_person(rows: ibis.Table, *, links: ibis.Table) -> ibis.Table:
    """Return the rows with whose they are as `person`."""
    joined = rows.left_join(links, rows.subject == links.visitor)
    return joined.mutate(person=ibis.coalesce(joined.user, joined.subject)).drop("visitor", "user")


def visits_of(owned: ibis.Table) -> ibis.Table:
    """Return people's events in which the visitor's own program shows."""
    return owned.filter(is_of_people(owned) & is_visit(owned))


def identified(owned: ibis.Table, names: Mapping[str, str]) -> ibis.Table:
    """Return the identified traits as typed texts, a row a person; `names` maps columns to keys.

    Of two values the one from the later event stays, and one that was taken away is missing.
    """
    calls = owned.filter(is_of_people(owned) & (owned.type == "identify"))

    def latest(key: str) -> Any:
        text = calls.traits.get(key).fill_null("")
        is_told = calls.traits.contains(key) & (text.length() <= MOST_TRAIT_TEXT)
        found = dated(calls.timestamp, text).max(where=is_told).substr(EARLY_DIGITS)
        return found.nullif("")

    kept = {column: key for column, key in names.items() if len(key) <= MOST_TRAIT_NAME}
    missing = {column: ibis.null("string") for column in names.keys() - kept.keys()}
    found = {column: latest(key) for column, key in kept.items()}
    return calls.group_by("person").agg(**found).mutate(**missing)


def contexts(visits: ibis.Table, names: Mapping[str, str]) -> ibis.Table:
    """Return the context of each person's latest visit as typed texts."""
    last = visits.group_by("person").agg(last_at=visits.timestamp.max())
    final = visits.join(last, (visits.person == last.person) & (visits.timestamp == last.last_at))
    context = final.context
    order = context.values().join(END) + ESCAPE + context.keys().join(END)
    ranked = final.mutate(
        order=order, **{column: context.get(name) for column, name in names.items()}
    )
    first = ranked.mutate(
        place=ibis.row_number().over(group_by="person", order_by=[_.order.desc()])
    )
    return first.filter(_.place == 0).select("person", *names)


def sessions(visits: ibis.Table, *, now: int, gap: int) -> ibis.Table:
    """Return each person's last session: when it `began_at` and `ended_at`, and its `ordinal`.

    `goes_on` tells whether it does so at `now`.
    """
    before = visits.timestamp.lag().over(group_by="person", order_by="timestamp")
    begins = (visits.timestamp - before > gap).fill_null(True)
    marked = visits.select("person", "timestamp", begins=begins)
    found = marked.group_by("person").agg(
        began_at=_.timestamp.max(where=_.begins),
        ended_at=_.timestamp.max(),
        ordinal=_.begins.sum(),
    )
    return found.mutate(goes_on=now - found.ended_at <= gap)


def session_facts(visits: ibis.Table, last: ibis.Table) -> ibis.Table:
    """Return what rules ask of the session that goes on: nothing was viewed when none does."""
    views = visits.filter(visits.type.isin(("page", "screen")))
    joined = views.join(last, "person")
    inside = joined.filter(joined.goes_on & (joined.timestamp >= joined.began_at))
    path = ibis.coalesce(_path_of(inside.context), _path_of(inside.properties), ibis.literal("s"))
    counted = (
        inside.mutate(path=path)
        .group_by("person")
        .agg(views=_.count(), entry=dated(_.timestamp, _.path).min().substr(EARLY_DIGITS))
    )
    known = last.left_join(counted, "person").drop("person_right")
    seconds = (known.ended_at - known.began_at) // 1_000
    entry = known.entry.fill_null("s")
    return known.select(
        "person",
        session_views=known.views.fill_null(0),
        session_seconds=known.goes_on.ifelse(seconds, 0),
        session_entry_path=known.goes_on.ifelse(entry, ibis.null("string")),
        session_number=known.goes_on.ifelse(known.ordinal, known.ordinal + 1),
    )


def _path_of(values: Any) -> Any:
    path = values.get("path")
    return (path.startswith("s") & (path != "s")).ifelse(path, ibis.null("string"))


def links_of(events: ibis.Table) -> ibis.Table:
    """Return which `visitor` (a subject) is which `user`, by the first link not undone since."""
    links = events.filter(events.type == "link").select(
        "subject",
        "sequence",
        "number",
        user=events.properties.get("user_id").substr(1),
        is_undone=(events.properties.get("undo") == "b1").fill_null(False),
    )
    ranked = links.mutate(
        place=ibis.row_number().over(group_by="subject", order_by=["sequence", "number"])
    )
    undone_at = ranked.place.max(where=ranked.is_undone).over(group_by="subject")
    standing = ranked.mutate(undone_at=undone_at.fill_null(-1)).filter(
        (_.place > _.undone_at) & (_.user != "")
    )
    first = standing.group_by("subject").agg(user=_.user.argmin(_.place))
    return first.select(visitor=first.subject, user="u:" + first.user)


def joined_by_person(people: ibis.Table, tables: Iterable[ibis.Table]) -> ibis.Table:
    """Return the people with the columns of tables that have a row a person, or none."""
    for table in tables:
        people = people.left_join(table, "person").drop("person_right")
    return people
