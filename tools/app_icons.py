"""Draws the icons of the installed app from static/favicon.svg with a real browser: python -m tools.app_icons

They are committed; run it again when the sign changes.
"""

from __future__ import annotations

import os
import re
import sys

from tools.browser import find_chromium
from tools.state import ROOT

FOLDER = ROOT / "static" / "icons"
# File, side in pixels, share of the side that the sign takes: a maskable icon may be cut to a circle of 80 %.
ICONS = (("busy-180", 180, 1.0), ("busy-192", 192, 1.0), ("busy-512", 512, 1.0), ("busy-maskable-512", 512, 0.72))


def main() -> int:
    from playwright.sync_api import sync_playwright

    sign = (ROOT / "static" / "favicon.svg").read_text(encoding="utf-8")
    colour = re.search(r'<rect[^>]*fill="(#[0-9a-f]+)"', sign)
    assert colour, "the sign has no ground"
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        for name, side, share in ICONS:
            page = browser.new_page(viewport={"width": side, "height": side})
            # Apple and maskable icons are cut to shape by the system, so their ground reaches into the corners.
            ground = colour[1] if share < 1 or side == 180 else "transparent"
            drawn = sign.replace("<svg ", f'<svg width="{side * share}" height="{side * share}" ', 1)
            style = f"margin:0;height:100vh;display:grid;place-items:center;background:{ground}"
            page.set_content(f'<body style="{style}">{drawn}</body>')
            page.screenshot(path=FOLDER / f"{name}.png", omit_background=True)
            page.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
