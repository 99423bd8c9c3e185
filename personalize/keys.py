"""The names of the keys in Redis.

A subject belongs to one of 16 shards, for ever; what one script or transaction touches carries the
shard's, or the stream partition's, tag in braces, so that it lies in one slot of a Redis Cluster.
"""

from zlib import crc32

SHARDS = 16
PLAN = "px:plan"
HOUR_MS = 3_600_000
LONGEST_TALLIED = 128

ACCEPTED = "accepted"  # the metric that counts what the stream took, before anything else


def shard_of(subject: str) -> int:
    """Return the subject's shard: the same in every process, whatever the number of partitions."""
    return crc32(subject.encode()) % SHARDS


def profile_key(subject: str) -> str:
    """Return the key of the subject's hash."""
    return f"px:{{s{shard_of(subject)}}}:v:{subject}"


def timeline_key(subject: str) -> str:
    """Return the key of the subject's timeline."""
    return f"px:{{s{shard_of(subject)}}}:t:{subject}"


def fresh_key(subject: str) -> str:
    """Return the key under which a rebuild makes the subject's profile anew."""
    return f"px:{{s{shard_of(subject)}}}:n:{subject}"


def fresh_subjects_key(shard: int) -> str:
    """Return the key of the set of subjects whose profiles a rebuild has made anew."""
    return f"px:{{s{shard}}}:fresh"


def dirty_key(shard: int) -> str:
    """Return the key of the set of subjects whose rows are out of date."""
    return f"px:{{s{shard}}}:dirty"


def due_key(shard: int) -> str:
    """Return the key of the sorted set of moments at which time alone changes a profile."""
    return f"px:{{s{shard}}}:due"


def tally_key(shard: int) -> str:
    """Return the key of the counts that the writes of profiles carry along."""
    return f"px:{{s{shard}}}:tally"


def moves_key(shard: int) -> str:
    """Return the key of the list of entries to segments and exits."""
    return f"px:{{s{shard}}}:moves"


def outbox_key(shard: int) -> str:
    """Return the key of the stream of events that wait for the lake."""
    return f"px:{{s{shard}}}:lake"


def emitted_key(shard: int) -> str:
    """Return the key of the list of events that profiles have for each other."""
    return f"px:{{s{shard}}}:emitted"


def version_key(shard: int) -> str:
    """Return the key of the oldest configuration by which profiles may be written."""
    return f"px:{{s{shard}}}:version"


def partition_tally_key(partition: int) -> str:
    """Return the key of the counts of what a partition took in, and of what came to nothing."""
    return f"px:{{{partition}}}:tally"


def asked_key(editor: str) -> str:
    """Return the key of the number of the count that an editor's session asked for last."""
    return f"px:asked:{editor}"


def watched_key(anonymous_id: str) -> str:
    """Return the key that is there while somebody watches the events of their own browser."""
    return f"px:watched:{anonymous_id}"


def refused_key(anonymous_id: str) -> str:
    """Return the key of the list of what the endpoint refused of a browser that is watched."""
    return f"px:refused:{anonymous_id}"


def counted_key(partition: int) -> str:
    """Return the key of the positions whose refusal was counted, as long as they may come back."""
    return f"px:{{{partition}}}:counted"


def tally_field(metric: str, *, at: int, key: str = "") -> str:
    """Return the field under which a metric is counted in the hour of `at` (milliseconds)."""
    return f"{at // HOUR_MS}|{metric}|{key[:LONGEST_TALLIED]}"
