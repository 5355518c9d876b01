"""Files that come through the browser: what every one of them is asked first."""

from __future__ import annotations

import re
from pathlib import Path

_LONGEST_NAME = 80


def plain_name(name: str) -> str:
    """The name of a file without folders and signs that a folder or a page could take amiss."""
    return re.sub(r"[^\w.() （）-]", "_", Path(name.replace("\\", "/")).name).lstrip(".")[-_LONGEST_NAME:]
