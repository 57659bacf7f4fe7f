"""Write a picture as Mermaid."""

from collections.abc import Iterator

from config.flows.picture import Picture

CLASSES = {
    "done": "fill:#dcfce7,stroke:#16a34a,color:#14532d",
    "running": "fill:#dbeafe,stroke:#2563eb,color:#1e3a8a",
    "compensated": "fill:#ffedd5,stroke:#ea580c,color:#7c2d12",
    "failed": "fill:#fee2e2,stroke:#dc2626,color:#7f1d1d",
    "left": "fill:#f8fafc,stroke:#94a3b8,color:#334155",
}


def as_mermaid(picture: Picture) -> Iterator[str]:
    """Yield the lines of a flow chart; the boxes of an order have their state as a class."""
    yield "flowchart LR"
    for box in picture.boxes:
        suffix = f":::{box.state}" if picture.is_coloured else ""
        yield f'    {box.key}["{box.name}<br><small>{box.text}</small>"]{suffix}'
    for arrow in picture.arrows:
        line = "-.->" if arrow.compensates else "-->"
        yield f"    {arrow.source.key} {line} {arrow.target.key}"
    if picture.is_coloured:
        for name in sorted({box.state for box in picture.boxes}):
            yield f"    classDef {name} {CLASSES[name]}"
