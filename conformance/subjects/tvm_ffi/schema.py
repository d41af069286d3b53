"""The schema in the metadata of a function: what the function declares.

It is JSON text: `{"type": "ffi.Function", "args": [return, parameter, ...]}`, in later releases `{"type":
"ffi.Function", "named_args": {"return": [...], "params": [...]}}`. One of a function that declares nothing has neither
(function_detail.h, TypeSchema).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


class SchemaError(ValueError):
    """A schema cannot be read; the message says what is wrong."""


@dataclass(frozen=True)
class Type:
    """A type as a schema writes it; the size of a `std::array` is an argument whose name is the number."""

    name: str
    args: tuple[Type, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(map(str, self.args))}]" if self.args else self.name


@dataclass(frozen=True)
class FunctionSchema:
    """What a function declares."""

    params: tuple[Type, ...]
    ret: Type

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.params))}) -> {self.ret}"


def parse(metadata: str) -> FunctionSchema | None:
    """The schema in a function's metadata, None where there is none or it declares nothing. Raises SchemaError."""
    try:
        text = json.loads(metadata).get("type_schema") if metadata else None
        schema = json.loads(text) if text else None
        if schema is None:
            return None
        if schema["type"] != "ffi.Function":
            raise SchemaError(f"its schema is of the type {schema['type']}, not of a function")
        if "named_args" in schema:
            ret, params = schema["named_args"]["return"][0], schema["named_args"]["params"]
        elif schema.get("args"):
            ret, *params = schema["args"]
        else:
            return None
        return FunctionSchema(tuple(map(_type, params)), _type(ret))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        if isinstance(error, SchemaError):
            raise
        raise SchemaError(f"its schema cannot be read ({error!r})") from None


def _type(raw: Any) -> Type:
    return Type(str(raw)) if isinstance(raw, int) else Type(raw["type"], tuple(map(_type, raw.get("args", ()))))
