"""Text that UTF-8 can hold.

Arguments, paths and keys may bring lone surrogates (undecodable bytes, half an emoji). Neither an
event nor a file takes them, so they are replaced where text comes in, before anything is decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")


def wellformed(value: T) -> T:
    """The value with a question mark for each lone surrogate in its texts; itself where there is none.

    Looks into dataclasses, mappings, lists and tuples. Models are left as they are: they took no such text.
    """
    cleaned: T = _cleaned(value)
    return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value if type(value) is not str else value.encode("utf-8", "replace").decode()
    if is_dataclass(value) and not isinstance(value, type):
        told = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
        cleaned = {name: _cleaned(one) for name, one in told.items()}
        return value if cleaned == told else replace(value, **cleaned)
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)(_cleaned(one) for one in value)
    return value
