"""Pages on an emulated mid-range phone: processor 4 times slower, 1.6 Mbit/s, 150 ms; first and second time.

The second time is the same page in the same tab some time later, as somebody opens it who keeps the browser running.
"""

import json
import os
import shutil
import statistics
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks import measure
from benchmarks.served import ADDRESS, ROUTE, first_answer, home, serving

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "locale": "zh-CN",
    "extra_http_headers": {"X-Forwarded-For": "10.1.2.3"},  # somebody on the network, not the person at the machine
}
PASSWORD = "seven tall green pines"
SLOWER = 4
NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 1.6e6 / 8,
}
TIMES = 7
IN_A_BUILDING = "lon=122.0414&lat=37.5244"

_SEEN = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
})"""
_SENT = """() => performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
  .reduce((sum, one) => sum + one.transferSize, 0)"""


def run() -> list[dict]:
    with serving(home(), until="/readyz"), _chromium() as browser:
        first_answer(ROUTE)
        _give_the_leader_a_password()
        pages = {"/p/<code>": f"/p/{_code()}", "/ (search)": "/?q=jhw", "/my": "/my"}
        return [row for name, path in pages.items() for row in _rows(browser, name, path)]


def _give_the_leader_a_password() -> None:
    command = (*measure.GRIDMAP, "user", "password", "leader", "--password-stdin")
    subprocess.run(command, input=PASSWORD, text=True, check=True, env={**os.environ, "GRIDMAP_HOME": str(home())})


def _code() -> str:
    """The code of a building of the sample."""
    with urllib.request.urlopen(f"{ADDRESS}/api/locate?{IN_A_BUILDING}", timeout=30) as answer:
        return json.load(answer)["building"]["code"]


@contextmanager
def _chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError("this case drives Chromium, and this machine has none: `make test` installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--headless=new", "--no-sandbox"])
        yield browser
        browser.close()


def _rows(browser: Browser, name: str, path: str) -> list[dict]:
    """Milliseconds until the largest content is painted, over several phones that never saw the page, then that did."""
    seen: dict[str, list[tuple[float, float]]] = {"first": [], "second": []}
    for _ in range(TIMES):
        context = browser.new_context(**PHONE)
        if name == "/my":
            _log_in(context)
        page = context.new_page()
        page.goto(f"{ADDRESS}/healthz")  # the browser is open already when somebody scans a plate
        _slow_down(page)
        for visit in seen.values():
            page.goto(ADDRESS + path, wait_until="load")
            visit.append((page.evaluate(_SEEN), page.evaluate(_SENT)))
            page.goto(f"{ADDRESS}/healthz")
        context.close()
    return [
        {
            "page": name,
            "visit": visit,
            "median_ms": round(statistics.median(ms for ms, _ in found)),
            "slowest_ms": round(max(ms for ms, _ in found)),
            "kb": round(max(sent for _, sent in found) / 1000, 1),
        }
        for visit, found in seen.items()
    ]


def _log_in(context: BrowserContext) -> None:
    headers = {"Sec-Fetch-Site": "same-origin"}
    form = {"name": "leader", "password": PASSWORD}
    answer = context.request.post(f"{ADDRESS}/login", form=form, headers=headers, max_redirects=0)
    if "location" not in answer.headers:
        raise RuntimeError("the leader was not let in")


def _slow_down(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
