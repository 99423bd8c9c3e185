"""The phrases that sentences about rules are made of, marked so that translators find them."""


def gettext_noop(phrase: str) -> str:
    """Return the phrase as it is; `makemessages` collects what this name is called with."""
    return phrase


EVERYBODY = gettext_noop("everybody")
NOBODY = gettext_noop("nobody")
AND = gettext_noop("and")
OR = gettext_noop("or")
NOT = gettext_noop("not ({rule})")
WHERE = gettext_noop("where {rule}")
TRUE = gettext_noop("true")
FALSE = gettext_noop("false")
NOTHING = gettext_noop("nothing")
QUOTED = gettext_noop("“{text}”")
BOUNDS = gettext_noop("{lowest} and {highest}")
AND_MORE = gettext_noop("{values} or {count} more")
TRAIT = gettext_noop("their {name}")
PREDICTION = gettext_noop("predicted {name}")

FIELDS: dict[str, str] = {
    "context.device": gettext_noop("device"),
    "context.browser": gettext_noop("browser"),
    "context.os": gettext_noop("operating system"),
    "context.country": gettext_noop("country"),
    "context.language": gettext_noop("language"),
    "context.hour": gettext_noop("hour of the day"),
    "context.weekday": gettext_noop("day of the week"),
    "context.path": gettext_noop("path of the page"),
    "context.referrer": gettext_noop("referrer"),
    "context.referrer_type": gettext_noop("type of referrer"),
    "context.utm_source": gettext_noop("campaign source"),
    "context.utm_medium": gettext_noop("campaign medium"),
    "context.utm_campaign": gettext_noop("campaign name"),
    "context.utm_term": gettext_noop("campaign term"),
    "context.utm_content": gettext_noop("campaign content"),
    "context.logged_in": gettext_noop("being logged in"),
    "context.is_bot": gettext_noop("being a bot"),
    "session.views": gettext_noop("pages viewed in this session"),
    "session.seconds": gettext_noop("seconds in this session"),
    "session.entry_path": gettext_noop("first page of this session"),
    "session.number": gettext_noop("number of this session"),
}

SEGMENTS: dict[str, str] = {
    "=": gettext_noop("is in segment {segments}"),
    "contains": gettext_noop("is in segment {segments}"),
    "in": gettext_noop("is in segment {segments}"),
    "!=": gettext_noop("is not in segment {segments}"),
    "doesNotContain": gettext_noop("is not in segment {segments}"),
    "notIn": gettext_noop("is not in segment {segments}"),
    "null": gettext_noop("is in no segment"),
    "notNull": gettext_noop("is in a segment"),
}

HOW_OFTEN = (gettext_noop("once"), gettext_noop("{count} times"))
TIMES: dict[str, str] = {
    "=": gettext_noop("did {event} exactly {times}"),
    "!=": gettext_noop("did not do {event} exactly {times}"),
    "<": gettext_noop("did {event} less than {times}"),
    "<=": gettext_noop("did {event} at most {times}"),
    ">": gettext_noop("did {event} more than {times}"),
    ">=": gettext_noop("did {event} at least {times}"),
}
AT_ALL: dict[tuple[str, int], str] = {
    (">", 0): gettext_noop("did {event}"),
    (">=", 1): gettext_noop("did {event}"),
    ("=", 0): gettext_noop("did not do {event}"),
    ("<", 1): gettext_noop("did not do {event}"),
}

THIS_SESSION = gettext_noop("in this session")
WINDOWS: dict[str, tuple[str, str]] = {
    "m": (gettext_noop("in the last minute"), gettext_noop("in the last {count} minutes")),
    "h": (gettext_noop("in the last hour"), gettext_noop("in the last {count} hours")),
    "d": (gettext_noop("in the last day"), gettext_noop("in the last {count} days")),
}

SECONDS = gettext_noop("{count} seconds")
DURATIONS: tuple[tuple[int, str, str], ...] = (
    (86_400, gettext_noop("1 day"), gettext_noop("{count} days")),
    (3_600, gettext_noop("1 hour"), gettext_noop("{count} hours")),
    (60, gettext_noop("1 minute"), gettext_noop("{count} minutes")),
    (1, gettext_noop("1 second"), SECONDS),
)
