"""Makes `corpora.py` importable by the tests of this folder, and texts on disk a fixture."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from corpora import Row, write_texts


@pytest.fixture
def writing(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes shards of texts into an empty output folder and returns the folder."""

    def write(*shards: Sequence[Row], **options: Any) -> Path:
        write_texts(tmp_path, shards, **options)
        return tmp_path

    return write
