"""Where this tocsin was installed from, as a line of pip's: a project asks for the same one."""

import json
import re
from importlib import metadata
from typing import Any

from tocsin import product

# A branch moves on; a tag such as v1.2.0 does not.
_TAG = re.compile(r"v?\d+(\.\d+)+([.-]?(a|b|rc|dev|post)\.?\d+)*")


def requirement() -> str:
    """``tocsin==0.2.0`` from an index, else ``tocsin @ URL`` of the checkout, commit or file.

    https://packaging.python.org/en/latest/specifications/direct-url/
    """
    if not product.is_installed():
        return f"{product.DISTRIBUTION} @ {product.folder().resolve().as_uri()}"
    text = metadata.distribution(product.DISTRIBUTION).read_text("direct_url.json")
    return of_direct_url(json.loads(text)) if text else f"{product.DISTRIBUTION}=={_version()}"


def of_direct_url(found: dict[str, Any]) -> str:
    """The requirement that a ``direct_url.json`` stands for."""
    url = str(found["url"])
    if version_control := found.get("vcs_info"):
        asked = str(version_control.get("requested_revision") or "")
        revision = asked if _TAG.fullmatch(asked) else version_control["commit_id"]
        url = f"{version_control['vcs']}+{url}@{revision}"
    fragment = []
    if archive := found.get("archive_info"):
        hashes = archive.get("hashes") or dict([archive.get("hash", "=").split("=", 1)])
        if hashes.get("sha256"):
            fragment.append(f"sha256={hashes['sha256']}")
    if folder := found.get("subdirectory"):
        fragment.append(f"subdirectory={folder}")
    mark = f"#{'&'.join(fragment)}" if fragment else ""
    return f"{product.DISTRIBUTION} @ {url}{mark}"


def is_of_this_machine(line: str) -> bool:
    """Whether the requirement names a folder or file that others do not have."""
    return "@ file:" in line


def _version() -> str:
    return product.version()
