"""Make the pictures of ``docs/images`` from the demo: ``bin/python -m tests.images``."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from config.environment.paths import ROOT

FOLDER = ROOT / "docs" / "images"
SIZE = {"width": 1280, "height": 800}

DEMO = re.compile(r"Admin +(?P<address>http://\S+?)/admin/ +user admin, password (?P<password>\S+)")


@contextmanager
def demo() -> Iterator[re.Match[str]]:
    """Run the demo; yield where its admin is, and the password.

    :raises RuntimeError: it ends before it serves.
    """
    command = [str(ROOT / "bin" / "demo"), "--reset"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as program:
        try:
            assert program.stderr is not None
            for line in program.stderr:
                if found := DEMO.search(line):
                    yield found
                    return
            raise RuntimeError("the demo has ended: run bin/demo to see why")
        finally:
            program.send_signal(signal.SIGINT)


def take(page: Page, name: str) -> None:
    """Write a picture of what the browser shows."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png")


def open_order(page: Page, status: str) -> None:
    page.goto(f"/admin/orders/order/?status__exact={status}")
    page.locator("#result_list tbody tr a").first.click()
    page.get_by_text("What can be done now").wait_for()


def main() -> int:
    """Open the pages that the README shows, and take their pictures."""
    FOLDER.mkdir(exist_ok=True)
    with demo() as found, sync_playwright() as program:
        # Chromium's own sandbox needs rights that containers do not give.
        chromium = program.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = chromium.new_page(base_url=found["address"], viewport=SIZE)  # type: ignore[arg-type]  # playwright's own dictionary
        page.goto("/admin/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(found["password"])
        page.get_by_role("button", name="Log in").click()
        page.get_by_text("Orders by status").wait_for()
        take(page, "front-page")
        open_order(page, "confirmed")
        take(page, "order")
        open_order(page, "cancelled")
        page.get_by_role("link", name="Timeline", exact=True).click()
        take(page, "timeline")
        page.goto("/admin/readmodels/rebuild/")
        page.get_by_role("link", name="order_summary").wait_for()
        take(page, "read-models")
        chromium.close()
    sys.stderr.write(f"written: {', '.join(sorted(each.name for each in FOLDER.glob('*.png')))}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
