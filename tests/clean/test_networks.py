"""How much comes from one network."""

from msgspec.structs import replace

from personalize.clean.networks import MINUTE, crowded, mark_crowded
from personalize.clean.policy import Policies, SourcePolicy
from personalize.connections import worker_redis
from personalize.testing import event_of

POLICIES = Policies(sources={"browser": SourcePolicy(network_events_a_minute=5)})
NOW = 1_700_000_040_000


def sent(number: int, *, network: str, **more):
    return replace(event_of("a:visitor", number), context={"ip": network}, **more)


def of_network(network: str, number: int):
    return [sent(each, network=network) for each in range(number)]


def test_a_network_is_crowded_when_too_much_came_in_a_minute_of_all_batches():
    few, many = of_network("10.0.0.0", 2), of_network("10.0.1.0", 4)
    assert crowded([*few, *many], policies=POLICIES, now=NOW) == frozenset()
    assert crowded(many, policies=POLICIES, now=NOW + 1_000) == {"10.0.1.0"}


def test_the_next_minute_counts_anew_and_the_last_is_forgotten():
    many = of_network("10.0.0.0", 6)
    assert crowded(many, policies=POLICIES, now=NOW)
    assert not crowded(many[:1], policies=POLICIES, now=NOW + MINUTE)
    assert all(0 < worker_redis().ttl(key) <= 120 for key in worker_redis().keys("px:networks:*"))


def test_servers_have_no_network_and_without_a_limit_nothing_is_counted():
    servers = [sent(each, network="10.0.0.0", source="shop") for each in range(9)]
    assert not crowded(servers, policies=POLICIES, now=NOW)
    off = Policies(sources={"browser": SourcePolicy(network_events_a_minute=0)})
    assert not crowded(of_network("10.0.0.0", 9), policies=off, now=NOW)
    assert worker_redis().keys("px:networks:*") == []


def test_only_events_of_crowded_networks_are_marked():
    events = [sent(1, network="10.0.0.0"), sent(2, network="10.0.1.0")]
    marked = mark_crowded(events, networks={"10.0.1.0"}, policies=POLICIES)
    assert [event.notes for event in marked] == [[], ["suspect:network_rate"]]


def test_a_context_of_a_wrong_type_is_no_network():
    assert not crowded([sent(1, network=["10.0.0.0"])], policies=POLICIES, now=NOW)
