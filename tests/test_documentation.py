"""Every command, make target and column is documented, and the documentation is up to date."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from pipeline.cli import app
from pipeline.dictionary import DICTIONARY, render

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[tuple[str, str]]:
    """Each command as it is typed, with its help."""

    def walk(group, words):
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from walk(command, [*words, name])
            else:
                yield " ".join([*words, name]), command.help

    return list(walk(typer.main.get_command(app), []))


@pytest.mark.parametrize(("command", "told"), commands())
def test_every_command_has_help_and_stands_in_the_readme(command, told):
    assert told
    assert re.search(rf"`(rapport )?{command}\b", README), (
        f"`rapport {command}` is not in the README"
    )


def targets() -> list[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.M)
    return phony.group(1).split()


@pytest.mark.parametrize("target", targets())
def test_every_make_target_has_help_and_stands_in_the_readme(target):
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.search(rf"make {target}\s", told.stdout)
    assert f"make {target}" in README


def test_the_data_dictionary_is_up_to_date():
    assert DICTIONARY.read_text(encoding="utf-8") == render(), "run python -m pipeline.dictionary"


def test_every_column_of_the_taxonomy_stands_in_the_readme():
    header = (ROOT / "data" / "taxonomy.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    for column in header.split(","):
        assert f"`{column}`" in README


def test_help_answers_at_once():
    began = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pipeline.cli", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = ("pyarrow", "numpy", "matplotlib", "sklearn", "networkx")
    for package in heavy:
        assert not re.search(rf"\| +{package}\n", began.stderr), f"{package} is loaded for --help"
