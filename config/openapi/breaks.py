"""Compare the API of an earlier release with this code's: what clients would no longer find."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from outbox.kit.json_schemas import Side, unreadable

SUNSET = "x-sunset"
"""The extension of a deprecated operation that says from which day on it may be gone."""

Document = Mapping[str, Any]


def breaks(old: Document, new: Document, *, today: date) -> Iterator[str]:
    """Yield what clients of the old document cannot do any more, in words."""
    for path, operations in old["paths"].items():
        for method, operation in operations.items():
            name = f"{method.upper()} {path}"
            present = new["paths"].get(path, {}).get(method)
            if present is None:
                if not _may_be_gone(operation, today):
                    yield f"{name} is gone: deprecate it first, and keep it until its sunset"
                continue
            for each in _breaks_of(operation, present, old, new):
                yield f"{name}: {each}"


def _may_be_gone(operation: Document, today: date) -> bool:
    sunset = operation.get(SUNSET)
    return bool(operation.get("deprecated") and sunset and date.fromisoformat(sunset) <= today)


def _breaks_of(
    operation: Document, present: Document, old: Document, new: Document
) -> Iterator[str]:
    yield from _parameters(operation, present, old, new)
    body, asked = (each.get("requestBody", {}) for each in (operation, present))
    if asked.get("required") and not body.get("required"):
        yield "a body is required now"
    for each in _contents(body, asked, old, new, written_by_client=True):
        yield f"the body: {each}"
    for status, answer in operation["responses"].items():
        if not status.startswith("2"):
            continue
        if status not in present["responses"]:
            yield f"it no longer answers {status}"
            continue
        answers = _contents(answer, present["responses"][status], old, new, written_by_client=False)
        for each in answers:
            yield f"the answer {status}: {each}"


def _parameters(
    operation: Document, present: Document, old: Document, new: Document
) -> Iterator[str]:
    before, now = (
        {(each["in"], each["name"]): each for each in some.get("parameters", ())}
        for some in (operation, present)
    )
    for key, each in now.items():
        if each.get("required") and not before.get(key, {}).get("required"):
            yield f"{key[1]} is required now"
    for key, each in before.items():
        if key not in now:
            yield f"{key[1]} is gone"
        else:
            writer, reader = Side(each["schema"], old), Side(now[key]["schema"], new)
            yield from unreadable(writer, reader, key[1])


def _contents(
    before: Document, now: Document, old: Document, new: Document, *, written_by_client: bool
) -> Iterator[str]:
    contents = now.get("content", {})
    for kind, media in before.get("content", {}).items():
        if kind not in contents:
            yield f"{kind} is gone"
            continue
        past, present = Side(media["schema"], old), Side(contents[kind]["schema"], new)
        yield from unreadable(past, present) if written_by_client else unreadable(present, past)
