"""The computed traits that are live, from the database: what folding a batch needs to know."""

from personalize.conf import settings
from personalize.models.trait import Trait
from personalize.profile.traits import TraitSet, trait_set
from personalize.rules.syntax import Behaviour, InvalidRule, parse_behaviour


def live_behaviours() -> dict[str, Behaviour]:
    """Return the behaviour of every live computed trait by the trait's key (one query)."""
    found: dict[str, Behaviour] = {}
    rows = Trait.objects.filter(kind=Trait.Kind.COMPUTED, is_live=True)
    for key, behaviour in rows.values_list("key", "behaviour"):
        try:
            found[key] = parse_behaviour(behaviour)
        except InvalidRule:  # the admin refuses it; what was forced in is not counted
            continue
    return found


def load_traits() -> TraitSet:
    """Return the live computed traits, from the database."""
    return trait_set(live_behaviours().values(), session_gap=settings().SESSION_GAP_SECONDS * 1_000)
