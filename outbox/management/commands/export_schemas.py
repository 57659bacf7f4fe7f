"""``manage.py export_schemas``: write the JSON Schema of every message."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outbox.contracts.message_map import known_contracts
from outbox.contracts.schemas import schema_of


class Command(BaseCommand):
    help = "Print the JSON Schemas of all messages, or write each to a file in a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--folder", type=Path, help="write files such as OrderPlaced.v1.json into this folder"
        )
        parser.add_argument(
            "--base", default="", metavar="URL", help="the URL under which the files will be served"
        )

    def handle(self, *_: Any, folder: Path | None, base: str, **__: Any) -> None:
        schemas = {
            f"{each.__name__}.v{each.version}": schema_of(each, base=base)
            for each in known_contracts()
        }
        if folder is None:
            self.stdout.write(json.dumps(schemas, indent=2))
            return
        if not folder.is_dir():
            raise CommandError(f"--folder: {folder} is no folder", returncode=2)
        for name, schema in schemas.items():
            (folder / f"{name}.json").write_text(json.dumps(schema, indent=2) + "\n")
        self.stdout.write(f"{len(schemas)} schemas are in {folder}")
