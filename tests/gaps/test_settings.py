"""The [gaps] section of a study: every error names file, key and cure."""

from pathlib import Path

import pytest
from pipeline.errors import RapportError
from pipeline.gaps.settings import Settings, settings_of
from pipeline.study import Study


def study(**gaps):
    return Study(Path("my/study.toml"), "study", "Study", Path("taxonomy.csv"), (), gaps=gaps)


def test_without_a_section_there_are_defaults():
    assert settings_of(study()) == Settings(0.05, "bh", 0, 0, 5)


def test_every_setting_can_be_given():
    given = {
        "false_discovery_rate": 0.1,
        "correction": "by",
        "randomisations": 500,
        "year_window": 5,
        "horizon": 3,
    }
    assert settings_of(study(**given)) == Settings(**given)


@pytest.mark.parametrize(
    ("key", "value", "cure"),
    [
        ("false_discovery_rate", 2, "0.05"),
        ("false_discovery_rate", "low", "0.05"),
        ("false_discovery_rate", True, "0.05"),
        ("correction", "bonferroni", '"by"'),
        ("randomisations", -1, "whole number"),
        ("randomisations", 0.5, "whole number"),
        ("year_window", -5, "whole number of years"),
        ("horizon", 0, "whole number of years"),
    ],
)
def test_a_wrong_value_names_file_key_and_cure(key, value, cure):
    with pytest.raises(RapportError) as error:
        settings_of(study(**{key: value}))
    line = str(error.value)
    assert "my/study.toml" in line
    assert f"[gaps] {key} is {value!r}" in line
    assert cure in line


def test_an_unknown_key_is_answered_with_the_nearest_known_one():
    with pytest.raises(RapportError, match="Did you mean randomisations?"):
        settings_of(study(randomizations=100))
    with pytest.raises(RapportError, match="It takes correction, false_discovery_rate"):
        settings_of(study(zzz=1))
