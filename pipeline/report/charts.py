"""The page's figures as Bokeh plots without data: the page fills their sources and draws them.

Bokeh ships its own JavaScript in its wheel, a quarter of Plotly's, so that a page opens at once.
Each plot has named sources. The script in `assets` counts the texts that a reader has chosen and
puts the numbers into them. Places are in pixels, except in the trend and the graph.
"""

from collections.abc import Callable
from typing import Any

from bokeh.core.properties import value
from bokeh.embed import json_item
from bokeh.models import (
    ColumnDataSource,
    HoverTool,
    NumeralTickFormatter,
    PanTool,
    Range1d,
    TapTool,
    WheelZoomTool,
)
from bokeh.plotting import figure

INK, QUIET, RULE, SILENCE, VOICE = "#1c2530", "#59636e", "#d9dde2", "#a84600", "#0072b2"
FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
WORDS: dict[str, Any] = {"text_font": value(FONT), "text_color": INK, "text_baseline": "middle"}


def items() -> dict[str, Any]:
    """Every plot by its name, as `Bokeh.embed.embed_item` takes it."""
    plots: dict[str, Callable[[], figure]] = {
        "map": gap_map,
        "comparison": comparison,
        "graph": graph,
        "trend": trend,
        "roles": roles,
    }
    return {name: json_item(draw()) for name, draw in plots.items()}


def gap_map() -> figure:
    """Strategies by columns: a share with its interval at the left, then a bubble in each cell."""
    plot = _blank("map")
    lines = _source("map-lines", "x0", "y0", "x1", "y1", "colour", "width", "dash")
    plot.segment(
        "x0", "y0", "x1", "y1", source=lines, color="colour", line_width="width", line_dash="dash"
    )
    dots = _source("map-dots", "x", "y", "colour", "marker", "size")
    plot.scatter(
        "x", "y", source=dots, size="size", marker="marker", color="colour", line_color=INK
    )
    cells = _source(
        "map-cells",
        *("x", "y", "width", "height", "bubble", "size", "colour", "edge", "number", "count"),
        *("ink", "mark", "corner", "strategy", "column", "texts", "share", "verdict"),
    )
    plot.scatter("bubble", "y", source=cells, size="size", color="colour", line_color="edge")
    words = WORDS | {"text_font_size": "12px", "text_color": "ink"}
    plot.text("number", "y", text="count", source=cells, **words)
    words = WORDS | {"text_font_size": "10px", "text_color": SILENCE, "text_align": "right"}
    plot.text("corner", "y", text="mark", source=cells, **words)
    touch = plot.rect(
        *("x", "y", "width", "height"), source=cells, fill_alpha=0, line_color=RULE,
        hover_fill_alpha=0.12, hover_fill_color=VOICE, hover_line_color=VOICE,
        nonselection_fill_alpha=0,
    )  # fmt: skip
    for name, style, align in (
        ("map-labels", "normal", "right"),
        ("map-names", "bold", "left"),
        ("map-notes", "normal", "left"),
    ):
        source = _source(name, "x", "y", "text", "colour", "angle", "size")
        look = {"text_font_style": style, "text_align": align, "text_color": "colour"}
        look |= {"text_font_size": "size", "angle": "angle"}
        plot.text("x", "y", text="text", source=source, **(WORDS | look))
    tips = [
        ("", "@strategy"),
        ("", "@column"),
        ("texts", "@texts"),
        ("no relationship", "@share"),
        ("", "@verdict"),
    ]
    plot.add_tools(HoverTool(renderers=[touch], tooltips=tips), TapTool(renderers=[touch]))
    return plot


def comparison() -> figure:
    """A line for each concept, its name above, from its share in research to that in practice."""
    plot = _blank("comparison")
    _scale(plot, "comparison")
    gaps = _source("comparison-lines", "x0", "y", "x1")
    plot.segment("x0", "y", "x1", "y", source=gaps, color=QUIET, line_width=2)
    dots = _source(
        "comparison-dots", "x", "y", "colour", "marker", "size", "label", "corpus", "share", "texts"
    )
    touch = plot.scatter(
        "x", "y", source=dots, size="size", marker="marker", color="colour", line_color="white"
    )
    _labels(plot, "comparison")
    tips = [("", "@label"), ("in", "@corpus"), ("share", "@share"), ("texts", "@texts")]
    plot.add_tools(HoverTool(renderers=[touch], tooltips=tips), TapTool(renderers=[touch]))
    return plot


def roles() -> figure:
    """A bar for each role in which a relationship is mentioned, its name above."""
    plot = _blank("roles")
    bars = _source("roles-bars", "x", "y", "right", "label", "texts", "share")
    touch = plot.hbar(
        "y", right="right", left="x", height=14, source=bars, color=VOICE, line_width=0
    )
    _labels(plot, "roles")
    tips = [("", "@label"), ("texts", "@texts"), ("share", "@share")]
    plot.add_tools(HoverTool(renderers=[touch], tooltips=tips), TapTool(renderers=[touch]))
    return plot


def trend() -> figure:
    """The share without a relationship by year, with its interval; x in years, y in shares."""
    plot = figure(
        name="trend", height=340, sizing_mode="stretch_width", toolbar_location=None, tools="",
        x_range=Range1d(start=0, end=1, name="trend-x"), y_range=Range1d(start=0, end=1),
    )  # fmt: skip
    plot.outline_line_color = None
    plot.grid.grid_line_color = RULE
    plot.xgrid.grid_line_color = None
    plot.yaxis.formatter = NumeralTickFormatter(format="0%")
    for axis in plot.axis:
        axis.axis_line_color = RULE
        axis.major_tick_line_color = axis.minor_tick_line_color = None
        axis.major_label_text_font = FONT
        axis.major_label_text_font_size = "13px"
        axis.major_label_text_color = QUIET
    years = _source("trend-dots", "year", "share", "low", "high", "size", "texts", "told")
    plot.varea("year", "low", "high", source=years, color=VOICE, alpha=0.15)
    plot.line("year", "share", source=years, color=VOICE, line_width=2)
    touch = plot.scatter(
        "year", "share", source=years, size="size", color=VOICE, line_color="white"
    )
    tips = [("", "@year"), ("no relationship", "@told"), ("texts", "@texts")]
    plot.add_tools(HoverTool(renderers=[touch], tooltips=tips), TapTool(renderers=[touch]))
    return plot


def graph() -> figure:
    """Concepts as nodes at the places that the graph stage gave them, and their edges."""
    plot = figure(
        name="graph", height=640, sizing_mode="stretch_width", toolbar_location=None, tools="",
        x_range=Range1d(start=-1, end=1, name="graph-x"),
        y_range=Range1d(start=-1, end=1, name="graph-y"),
    )  # fmt: skip
    plot.axis.visible = False
    plot.grid.visible = False
    plot.outline_line_color = RULE
    edges = _source("graph-edges", "x0", "y0", "x1", "y1", "width", "alpha")
    plot.segment(
        "x0", "y0", "x1", "y1", source=edges, color=QUIET, line_width="width", alpha="alpha"
    )
    missing = _source("graph-missing", "x0", "y0", "x1", "y1")
    plot.segment(
        *("x0", "y0", "x1", "y1"), source=missing, color=SILENCE, line_dash=[5, 4], line_width=1.5
    )
    unwritten = _source("graph-unwritten", "x0", "y0", "x1", "y1")
    plot.segment(
        *("x0", "y0", "x1", "y1"), source=unwritten, color=VOICE, line_dash=[1, 4], line_width=1.5
    )
    nodes = _source(
        *("graph-nodes", "x", "y", "size", "colour", "marker", "edge", "label", "kind"),
        *("texts", "share"),
    )
    touch = plot.scatter(
        "x", "y", source=nodes, size="size", marker="marker", color="colour", line_color="edge"
    )
    found = _source("graph-found", "x", "y", "size")
    plot.scatter("x", "y", source=found, size="size", fill_alpha=0, line_color=INK, line_width=3)
    names = _source("graph-names", "x", "y", "text", "shift", "offset", "colour")
    look = WORDS | {"text_align": "center", "text_font_size": "12px", "text_color": "colour"}
    look |= {"background_fill_color": "white", "background_fill_alpha": 0.75}
    look |= {"x_offset": "shift", "y_offset": "offset"}
    plot.text("x", "y", text="text", source=names, **look)
    tips = [("", "@label"), ("", "@kind"), ("texts", "@texts"), ("no relationship", "@share")]
    plot.add_tools(
        PanTool(),
        WheelZoomTool(),
        HoverTool(renderers=[touch], tooltips=tips),
        TapTool(renderers=[touch]),
    )
    return plot


def _blank(name: str) -> figure:
    """A plot measured in pixels from its upper left corner; the page sets its size."""
    plot = figure(
        name=name, width=600, height=400, toolbar_location=None, tools="", min_border=0,
        x_range=Range1d(start=0, end=600, name=f"{name}-x"),
        y_range=Range1d(start=400, end=0, name=f"{name}-y"),
    )  # fmt: skip
    plot.axis.visible = False
    plot.grid.visible = False
    plot.outline_line_color = None
    return plot


def _scale(plot: figure, name: str) -> None:
    """Hairlines and their numbers, for a plot whose own axes are hidden."""
    lines = _source(f"{name}-scale", "x", "top", "bottom", "text")
    plot.segment("x", "top", "x", "bottom", source=lines, color=RULE)
    look = WORDS | {"text_font_size": "12px", "text_color": QUIET, "text_align": "center"}
    plot.text("x", "top", text="text", source=lines, y_offset=-10, **look)


def _labels(plot: figure, name: str) -> None:
    """Names and numbers that stand above a line or behind a bar."""
    source = _source(f"{name}-labels", "x", "y", "text", "colour")
    plot.text(
        "x",
        "y",
        text="text",
        source=source,
        **(WORDS | {"text_font_size": "13px", "text_color": "colour"}),
    )


def _source(name: str, *columns: str) -> ColumnDataSource:
    return ColumnDataSource({column: [] for column in columns}, name=name)
