"""The columns of the lake: one row an event that took effect."""

import pyarrow as pa

TEXTS = pa.map_(pa.string(), pa.string())

# `day` is the partition: the UTC day of `timestamp`. A subject's rows took effect in the order of
# (sequence, number). `properties`, `traits` and `context` hold typed texts (`rules.typed`).
SCHEMA = pa.schema(
    [
        ("day", pa.string()),
        ("subject", pa.string()),
        ("type", pa.string()),
        ("event", pa.string()),
        ("message_id", pa.string()),
        ("timestamp", pa.int64()),
        ("received_at", pa.int64()),
        ("original_timestamp", pa.int64()),
        ("anonymous_id", pa.string()),
        ("user_id", pa.string()),
        ("source", pa.string()),
        ("bot", pa.string()),
        ("properties", TEXTS),
        ("traits", TEXTS),
        ("context", TEXTS),
        ("notes", pa.list_(pa.string())),
        ("body", pa.binary()),
        ("shard", pa.int32()),
        ("sequence", pa.int64()),
        ("number", pa.int32()),
    ]
)
PARTITION = "day"

# The log of the table keeps the smallest and largest value of these, a file: none of them says who.
STATISTICS = ("type", "event", "timestamp", "received_at", "shard", "sequence")
