"""What the registry declares of an event's property: its type, and what to do when it is wrong."""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, Literal, get_args

import msgspec

from personalize.events.standard import PropertyType
from personalize.events.units import MONEY, UNITS

Missing = Literal["leave", "quarantine", "default", "impute"]
Impute = Literal["last", "median", "mode"]
Outliers = Literal["leave", "flag", "winsorise"]

TYPES: tuple[str, ...] = get_args(PropertyType)
CLASSES: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "object": (dict,),
}
FEWEST_DEVIATIONS = 1.0
_without = re.compile(r"required field `(\w+)`")


class Declared(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One property, as the registry's JSON has it.

    `missing` is what becomes of an event without it; `impute` is from where its value is then
    taken. A number further than `deviations` robust standard deviations from the median is an
    outlier. A name with a dot, `products.price`, is that of the members of a list or object, and
    has a unit only. `masked` false keeps what looks like an address, a telephone or a card number.
    """

    type: PropertyType
    description: str = ""
    required: bool = False
    missing: Missing = "leave"
    default: Any = None
    impute: Impute = "last"
    unit: str = ""
    outliers: Outliers = "leave"
    deviations: float = 5.0
    masked: bool = True


class InvalidProperties(ValueError):
    """What the registry is to declare is not understood; each fault names its property."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def parse_properties(value: Any) -> dict[str, Declared]:
    """Return what is declared for each property.

    Raises:
        InvalidProperties: with every fault: "price: unit: expected money, g, …, got 'stone'".
    """
    if not isinstance(value, Mapping):
        raise InvalidProperties(["expected an object with a property for each key"])
    declared: dict[str, Declared] = {}
    faults: list[str] = []
    for name, given in value.items():
        try:
            declared[str(name)] = declare(given)
            faults += [f"{name}: {fault}" for fault in _faults(str(name), declared[str(name)])]
        except msgspec.ValidationError as error:
            faults.append(f"{name}: {_told(error)}")
    if faults:
        raise InvalidProperties(faults)
    return declared


def declare(given: Any) -> Declared:
    """Return what is declared for one property, or raise `msgspec.ValidationError`."""
    return msgspec.convert(given, Declared)


def is_of_type(value: Any, type_: str) -> bool:
    """Whether the value is of a declared type; true and false are no numbers."""
    return isinstance(value, CLASSES[type_]) and (type_ == "boolean" or not isinstance(value, bool))


def _told(error: msgspec.ValidationError) -> str:
    message, _, path = str(error).partition(" - at `$")
    field = path.strip("`.")
    if choices := get_args(Declared.__annotations__.get(field)):
        message = f"expected one of {', '.join(choices)}"
    elif missing := _without.search(message):
        field, message = missing[1], f"expected one of {', '.join(TYPES)}, got nothing"
    else:
        message = message.replace("`", "").replace("Expected", "expected")
    return f"{field}: {message}" if field else message


def _faults(name: str, declared: Declared) -> list[str]:
    faults = []
    if declared.unit and declared.unit != MONEY and declared.unit not in UNITS:
        known = ", ".join([MONEY, *UNITS])
        faults.append(f"unit: expected one of {known}, got {declared.unit!r}")
    if declared.type != "number" and declared.unit:
        faults.append("unit: expected a property of type number")
    if declared.type != "number" and declared.outliers != "leave":
        faults.append("outliers: expected a property of type number")
    if not isfinite(declared.deviations) or declared.deviations < FEWEST_DEVIATIONS:
        faults.append(f"deviations: expected {FEWEST_DEVIATIONS} or more")
    if "." in name and (declared.missing != "leave" or declared.outliers != "leave"):
        faults.append("a property within another may have a unit, and nothing else")
    return [*faults, *_faults_of_missing(declared)]


def _faults_of_missing(declared: Declared) -> list[str]:
    if declared.missing == "default" and not is_of_type(declared.default, declared.type):
        return [f"default: expected a value of type {declared.type}, got {declared.default!r}"]
    if declared.missing == "impute":
        if declared.impute == "median" and declared.type != "number":
            return ["impute: expected a property of type number for the median"]
        if declared.impute == "mode" and declared.type not in ("number", "text", "boolean"):
            return ["impute: expected a property of type number, text or boolean for the mode"]
    return []
