"""Show tracebacks so that the lines of our own code stand out."""

from collections.abc import Iterator

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

LIBRARIES = ("site-packages", "/lib/python", "<frozen")


def readable(traceback: str) -> SafeString:
    """Return a traceback as HTML: frames of libraries are faint, ours and the error are strong."""
    lines = format_html_join("\n", '<span class="{}">{}</span>', _lines(traceback))
    return format_html('<pre class="console-traceback" tabindex="0">{}</pre>', lines)


def _lines(traceback: str) -> Iterator[tuple[str, str]]:
    style = "console-ours"
    for line in traceback.rstrip("\n").split("\n"):
        if line.startswith("  File "):
            is_library = any(each in line for each in LIBRARIES)
            style = "console-library" if is_library else "console-ours"
        elif not line.startswith("    "):
            style = "console-ours"
        yield style, line
