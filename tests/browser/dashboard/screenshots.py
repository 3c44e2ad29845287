"""Pictures of every page, in both languages, light and dark, wide and narrow: `python -m ...dashboard.screenshots`.

They go to build/screenshots, or to the folder that is named.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.dashboard.building import build_pages
from tests.browser.dashboard.conftest import CHROMIUM
from tests.browser.dashboard.serving import serve
from tests.browser.dashboard.test_pages import PAGES

WINDOWS = {"wide": (1360, 900), "phone": (390, 844)}


def main(arguments: Sequence[str]) -> int:
    """Take them."""
    build_pages()
    folder = Path(arguments[0] if arguments else "build/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    with serve(anonymous_user="alice") as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM or None, args=["--no-sandbox"])
        for language, scheme, window in (
            (language, scheme, window)
            for language in ("en-GB", "it-IT")
            for scheme in ("light", "dark")
            for window in WINDOWS
        ):
            width, height = WINDOWS[window]
            context = browser.new_context(
                locale=language,
                color_scheme=scheme,  # type: ignore[arg-type]
                viewport={"width": width, "height": height},
                timezone_id="Europe/Rome",
                reduced_motion="reduce",
            )
            page = context.new_page()
            for name, (path, _, _) in PAGES.items():
                page.goto(f"{served.url}/{path}")
                page.locator("main h1").wait_for()
                page.locator(".skeleton").wait_for(state="detached")
                picture = folder / f"{name.replace(' ', '-')}-{language[:2]}-{scheme}-{window}.png"
                page.screenshot(path=picture, full_page=True)
            context.close()
        browser.close()
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
