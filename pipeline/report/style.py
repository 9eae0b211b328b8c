"""One look for every figure, and files that are the same whenever they are drawn again."""

from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.tables import written_whole

INK, QUIET, RULE = "#1c2530", "#59636e", "#d9dde2"
"""Text, secondary text (5.9:1 on white) and hairlines."""

SILENCE, VOICE, AMBER = "#A84600", "#0072B2", "#E69F00"
"""From the palette of Okabe and Ito, the first darkened so that text in it can be read."""

DOTS = 130
"""Dots in an inch of the PNGs."""

SHARES = "cividis_r"
"""Colours of an unmentioned share, from pale (0%) to dark (100%); lightness alone tells them."""

matplotlib.rcParams.update(
    {
        "font.family": ["DejaVu Sans"],
        "font.size": 9,
        "text.color": INK,
        "axes.edgecolor": RULE,
        "axes.labelcolor": INK,
        "xtick.color": QUIET,
        "ytick.color": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "text.parse_math": False,
        "svg.hashsalt": "rapport",
        "svg.fonttype": "none",
    }
)


def canvas(width: float, height: float) -> Figure:
    """A blank figure in the house style, sizes in inches."""
    return plt.figure(figsize=(width, height), facecolor="white")


def blank_axes(figure: Figure) -> Axes:
    """Axes that cover the figure, measured in inches from its upper left corner."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return axes


def put(axes: Axes, x: float, y: float, words: str, **look: Any) -> None:
    """Write words at a place, centred on the line's height unless told otherwise."""
    axes.text(x, y, words, **{"va": "center", **look})


def title(axes: Axes, words: str, notice: str, *, below: float) -> None:
    """The title of a figure, and the study's notice in a box at a depth below it."""
    put(axes, 0.3, 0.36, words, size=15, weight="bold")
    if notice:
        box = {"facecolor": "#FFF3D6", "edgecolor": AMBER, "boxstyle": "square,pad=0.35"}
        put(axes, 0.3, below, notice, size=9, weight="bold", bbox=box)


def save(figure: Figure, folder: Path, name: str, says: str) -> list[Path]:
    """Write a figure as SVG (with what it says, for screen readers) and PNG; return the paths."""
    paths = []
    kinds: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        (".svg", {"Date": None, "Creator": None, "Title": says}, {}),
        (".png", {"Software": None, "Title": says}, {"pil_kwargs": {"compress_level": 6}}),
    )
    for suffix, metadata, how in kinds:
        content = BytesIO()
        figure.savefig(content, format=suffix[1:], dpi=DOTS, metadata=metadata, **how)
        path = folder / f"{name}{suffix}"
        with written_whole(path) as stream:
            stream.write(content.getvalue())
        paths.append(path)
    plt.close(figure)
    return paths
