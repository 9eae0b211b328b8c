"""The data dictionary: `data/tables.md`, made from the tables as they are declared.

Run `python -m pipeline.dictionary` after a column has changed.
"""

from pathlib import Path

from pipeline.tables import DOUBTFUL_PAIRS, TABLES, Table, written_whole

DICTIONARY = Path(__file__).resolve().parent.parent / "data" / "tables.md"

_HEAD = """# The tables

What each stage writes into `outputs/<study>/`. Made from `pipeline/tables.py`; do not edit by hand.
A table in shards is a folder of Parquet files; any other is one Parquet file with a CSV twin.
`datapackage.json` beside them says the same for programs (Frictionless Table Schema).
"""


def render() -> str:
    """The dictionary as Markdown."""
    return "\n".join([_HEAD, *map(_section, (*TABLES.values(), DOUBTFUL_PAIRS))])


def _section(table: Table) -> str:
    parquet = "" if table is DOUBTFUL_PAIRS else f"`{table.name}.parquet`, "
    where = f"`{table.name}/`" if table.sharded else f"{parquet}`{table.name}.csv`"
    meaning = table.meaning[:1].upper() + table.meaning[1:]
    lines = [
        f"## {table.name}",
        "",
        f"{meaning}. Written by `rapport {table.stage}` to {where}.",
        "",
        "| column | type | unit | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for column in table.columns:
        empty = "" if column.required else "; may be empty"
        lines.append(
            f"| `{column.name}` | {column.type} | {column.unit} | {column.meaning}{empty} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    with written_whole(DICTIONARY, "w", encoding="utf-8") as stream:
        stream.write(render())
