"""How long the report of a finished study takes to build and to open, and how large it is.

    python tests/report/benchmark_page.py STUDY.toml

The targets, for 20,000 abstracts: built in under 20 s, under 25 MB, interactive within 2 s.
"""

import shutil
import sys
import time
from pathlib import Path

from pipeline.report import stage
from pipeline.study import read_study
from playwright.sync_api import sync_playwright


def main() -> None:
    study = read_study(Path(sys.argv[1]))
    began = time.perf_counter()
    stage.run(study)
    built = time.perf_counter() - began
    path = study.folder / "report.html"
    opened = sorted(milliseconds_to_open(path) for _ in range(3))[1]
    print(f"built in {built:.1f} s, {path.stat().st_size / 1e6:.1f} MB, ready in {opened} ms")  # noqa: T201


def milliseconds_to_open(path: Path) -> int:
    """From the first byte to a page that answers, in a browser that has just started."""
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(path.resolve().as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        ready = int(page.get_attribute("html", "data-ready") or 0)
        browser.close()
    return ready


if __name__ == "__main__":
    main()
