"""Pictures that docs show, in few colours; kept where somebody wants them anew."""

import io
import os
from pathlib import Path

from PIL import Image


def keep(screenshot: bytes, file: Path, most_height: int = 1_100) -> None:
    """Write ``screenshot`` (PNG), cut to ``most_height``, where ``TOCSIN_PICTURES=1``."""
    if os.environ.get("TOCSIN_PICTURES") != "1":
        return
    picture = Image.open(io.BytesIO(screenshot)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, most_height)))
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(64).save(file, optimize=True)
