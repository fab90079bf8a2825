"""Put the product's files into the wheel, where `tocsin/product.py` looks for them.

https://hatch.pypa.io/latest/plugins/build-hook/custom/
"""

import runpy
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ProductFiles(BuildHookInterface[Any]):
    """What an editable install does not need: there the product is the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "standard":
            return
        product = runpy.run_path(str(Path(self.root, "tocsin", "product.py")))
        files = build_data["force_include"]
        for name in product["FILES"]:
            place = product["place_in_a_wheel"](name)
            for inside, path in product["files_below"](name).items():
                files[str(path)] = f"tocsin/{place}{inside.removeprefix(name)}"
        # A function's tests import errorlog as its handler does. What is on the path by such a file
        # comes last: an errorlog that is installed for itself is found before this one.
        self._folder = tempfile.TemporaryDirectory()
        line = Path(self._folder.name, "tocsin-errorlog.pth")
        line.write_text(f"tocsin/{product['IMPORTABLE']}\n", encoding="utf-8")
        files[str(line)] = line.name

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version == "standard":
            self._folder.cleanup()
