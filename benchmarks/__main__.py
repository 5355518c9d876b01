"""`python -m benchmarks [CASE …]`: run cases, print them, and write each to `benchmarks/results/CASE.json`."""

import importlib
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

CASES = ("page", "tiles", "locate", "route", "load", "sample", "analyses", "regions")
"""In an order in which the pages are first: what they load serves the tiles as well."""
RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    info = Path("/proc/cpuinfo")
    names = (
        [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        if info.exists()
        else []
    )
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def main(names: list[str]) -> int:
    """Run these cases, all of them where none is named."""
    unknown = set(names) - set(CASES)
    if unknown:
        print(f"There is no case {', '.join(sorted(unknown))}; there are {', '.join(CASES)}.", file=sys.stderr)
        return 2
    RESULTS.mkdir(exist_ok=True)
    for name in names or CASES:
        case = importlib.import_module(f"benchmarks.{name}")
        print(f"\n{name}: {case.__doc__.splitlines()[0]}")
        rows = case.run()
        for row in rows:
            print("  " + "  ".join(f"{key}={value}" for key, value in row.items()))
        result = {
            "case": name,
            "command": f"make bench CASE={name}",
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "rows": rows,
        }
        (RESULTS / f"{name}.json").write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    return 0


sys.exit(main(sys.argv[1:]))
