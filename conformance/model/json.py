"""Turns classes of attrs into plain JSON data and back; a field `cls` is the key `class`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")


def to_json(data: Any) -> dict[str, Any]:
    """The JSON form of an object, with all its fields in their order; tuples are lists in it."""
    return dict(_converter().unstructure(data))


def from_json(raw: Mapping[str, Any], cls: type[T]) -> T:
    """The inverse of `to_json`; keys that are no field are ignored. Raises KeyError, TypeError or ValueError."""
    return _converter().structure(raw, cls)


@cache
def _converter() -> Converter:
    # Imported here: not every process that has such data reads or writes it.
    from cattrs import Converter
    from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

    def has_class(cls: Any) -> bool:
        return attrs.has(cls) and "cls" in attrs.fields_dict(cls)

    converter = Converter(unstruct_collection_overrides={tuple: list}, detailed_validation=False)
    renamed = override(rename="class")
    converter.register_unstructure_hook_factory(
        has_class, lambda cls: make_dict_unstructure_fn(cls, converter, cls=renamed)
    )
    converter.register_structure_hook_factory(
        has_class, lambda cls: make_dict_structure_fn(cls, converter, cls=renamed)
    )
    return converter
