"""Write a small MaxMind database, so that tests need none from elsewhere."""

from ipaddress import IPv4Network, ip_network
from pathlib import Path

POINTER_BITS = 24


def write_countries(path: Path, networks: dict[str, str]) -> None:
    """Write a database of IPv4 networks to country codes.

    Format: https://maxmind.github.io/MaxMind-DB/ (a binary trie, 16 zero bytes, data, metadata).
    """
    data = b""
    tree: list[list[int | bytes | None]] = [[None, None]]
    for name, code in networks.items():
        network = ip_network(name)
        assert isinstance(network, IPv4Network)
        record = _map({"country": _map({"iso_code": _text(code)})})
        _insert(tree, network, len(data).to_bytes(4, "big"))
        data += record
    nodes = b"".join(_pointer(side, len(tree)) for node in tree for side in node)
    metadata = _map(
        {
            "node_count": bytes([0b110_00000 | 4]) + len(tree).to_bytes(4, "big"),
            "record_size": _number(POINTER_BITS),
            "ip_version": _number(4),
            "database_type": _text("Test-Country"),
            "binary_format_major_version": _number(2),
            "binary_format_minor_version": _number(0),
            "build_epoch": b"\x08\x02" + (1).to_bytes(8, "big"),
            "description": _map({}),
            "languages": b"\x00\x04",
        }
    )
    path.write_bytes(nodes + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + metadata)


def _insert(tree: list[list[int | bytes | None]], network: IPv4Network, leaf: bytes) -> None:
    node = 0
    bits = f"{int(network.network_address):032b}"[: network.prefixlen]
    for bit in bits[:-1]:
        child = tree[node][int(bit)]
        if not isinstance(child, int):
            tree.append([None, None])
            child = tree[node][int(bit)] = len(tree) - 1
        node = child
    tree[node][int(bits[-1])] = leaf


def _pointer(side: int | bytes | None, nodes: int) -> bytes:
    value = nodes if side is None else side
    if isinstance(value, bytes):
        value = nodes + 16 + int.from_bytes(value, "big")
    return value.to_bytes(3, "big")


def _map(pairs: dict[str, bytes]) -> bytes:
    return bytes([0b111_00000 | len(pairs)]) + b"".join(_text(k) + v for k, v in pairs.items())


def _text(value: str) -> bytes:
    return bytes([0b010_00000 | len(value)]) + value.encode()


def _number(value: int) -> bytes:
    return bytes([0b101_00000 | 2]) + value.to_bytes(2, "big")
