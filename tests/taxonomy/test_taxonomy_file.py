"""A taxonomy as people save it, what is told when it is wrong, and what changes between two."""

from collections import Counter
from pathlib import Path

import pytest
from pipeline.errors import RapportError
from pipeline.study import default_taxonomy
from pipeline.taxonomy.check import PROBLEMS, check, render
from pipeline.taxonomy.concepts import FACETS
from pipeline.taxonomy.diff import changes
from pipeline.taxonomy.read import read_taxonomy
from pipeline.taxonomy.skos import to_turtle

HEAD = "id,label,facet,orientation,cues,exclude,definition,source\n"
TRUST = 'trust,Trust,relationship,highly relational,trust; "mutual respect",trust fund*,Faith,us\n'
TRUST = TRUST.replace("trust fund*", '"""trust fund*"""').replace(
    'trust; "mutual respect"', '"trust; ""mutual respect"""'
)


@pytest.fixture
def write(tmp_path):
    def made(content, name="taxonomy.csv", encoding="utf-8") -> Path:
        (tmp_path / name).write_bytes(content.encode(encoding))
        return tmp_path / name

    return made


def codes(path: Path) -> list[str]:
    return [problem.code for problem in check(path)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_encoding_and_separator_of_a_spreadsheet_is_read(write, encoding, separator):
    lines = separator.join(["id", "label", "facet", "cues"])
    lines += (
        "\r\n" + separator.join(["cafe", "Café ", " Setting", '"café; ""tea room"""', ""]) + "\r\n"
    )
    (concept,) = read_taxonomy(write(lines, encoding=encoding)).concepts
    assert (concept.id, concept.label, concept.facet) == ("cafe", "Café", "setting")
    assert [cue.text for cue in concept.cues] == ["café", '"tea room"']


def test_smart_quotes_and_blank_rows_do_no_harm(write):
    path = write(HEAD + "\n,,,,,,,\ntrust,Trust,relationship,,“mutual trust”,,Faith,us\n")
    (concept,) = read_taxonomy(path).concepts
    assert concept.row == 4


def test_the_hash_is_of_what_is_said_and_not_of_the_bytes(write):
    first = read_taxonomy(write(HEAD + TRUST)).hash
    again = read_taxonomy(write((HEAD + TRUST).replace("\n", "\r\n"), encoding="utf-16")).hash
    other = read_taxonomy(write(HEAD + TRUST.replace("Faith", "Belief"))).hash
    assert first == again != other


@pytest.mark.parametrize(
    ("row", "code", "told"),
    [
        (",Trust,relationship,,trust,,d,s", "T01", "no id"),
        ("a b,Trust,relationship,,trust,,d,s", "T03", "blanks"),
        ("a,Trust,relation,,trust,,d,s", "T04", "choose one of"),
        ("a,Trust,relationship,,(trust,,d,s", "T05", "never closed"),
        ("a,Trust,relationship,,*,,d,s", "T05", "cannot come first"),
        ("a,Trust,relationship,,tr*,,d,s", "T05", "too many words"),
        ("a,Trust,relationship,relational,trust,,d,s", "T06", "highly relational"),
        ("a,Trust,relationship,,,,d,s", "T07", "no cue"),
        ("", "T08", "no concept"),
        ("a,Trust,relationship,,trust; trust,,d,s", "T11", "twice"),
        ("a,Trust,relationship,,trust,fund,d,s", "T13", "exclude fund"),
        ("a,School,setting,operational,school,,d,s", "T14", "orientation"),
        ("a,Trust,relationship,,trust,,,s", "T15", "no definition"),
        ("a,Trust,relationship,,trust,,d,", "T16", "no source"),
    ],
)
def test_every_kind_of_problem_is_told_with_its_row(write, row, code, told):
    path = write(HEAD + row + "\n")
    (problem,) = check(path)
    assert (problem.code, problem.row) == (code, 2)
    assert told in problem.message
    if PROBLEMS[code][1]:
        with pytest.raises(RapportError, match="row 2"):
            read_taxonomy(path)
    else:
        assert read_taxonomy(path).concepts


def test_a_duplicate_id_names_the_other_row(write):
    path = write(HEAD + TRUST + TRUST.replace("trust; ", "tact; "))
    with pytest.raises(
        RapportError, match=r"row 3, column id: T02: the id 'trust' stands in row 2"
    ):
        read_taxonomy(path)


def test_a_cue_of_two_concepts_of_one_facet_is_a_warning(write):
    assert codes(write(HEAD + TRUST + TRUST.replace("trust,Trust", "faith,Faith", 1))) == [
        "T12",
        "T12",
    ]


def test_a_bad_cue_is_shown_with_a_caret_under_the_spot(write):
    path = write(HEAD + "a,Trust,relationship,,build AND trust,,d,s\n")
    lines = render(check(path), path).splitlines()
    assert lines[1:3] == ["    build AND trust", "          ^"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        ("id,label,facet\n", "no column 'cues'"),
        ("id,label,facet,cue\n", "Is 'cue' meant for it"),
        (
            HEAD.replace("exclude", "exclde") + TRUST,
            "unknown column 'exclde'. Did you mean 'exclude'",
        ),
        ("PK\x03\x04", "is a workbook"),
    ],
)
def test_a_file_that_is_no_taxonomy_is_told(write, content, told):
    with pytest.raises(RapportError, match=told):
        read_taxonomy(write(content))


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(RapportError, match="no such taxonomy"):
        read_taxonomy(tmp_path / "none.csv")
    with pytest.raises(RapportError, match="is a folder"):
        read_taxonomy(tmp_path)


def test_further_ratings_are_read_from_columns_that_begin_so(write):
    content = (HEAD + TRUST).replace("exclude", "exclude,orientation_ours", 1)
    content = content.replace('"""trust fund*"""', '"""trust fund*""",Semi Relational')
    (concept,) = read_taxonomy(write(content)).concepts
    assert concept.ratings == {
        "orientation": "highly relational",
        "orientation_ours": "semi-relational",
    }


def test_changes_name_concept_and_cue(write):
    old = read_taxonomy(write(HEAD + TRUST))
    new = read_taxonomy(
        write(HEAD + TRUST.replace("trust; ", "trust*; ") + TRUST.replace("trust,", "b,", 1))
    )
    told = {(c.concept, c.what, c.removed, c.added) for c in changes(old, new)}
    assert told == {
        ("trust", "cue", "trust", ""),
        ("trust", "cue", "", "trust*"),
        ("b", "concept", "", "Trust"),
    }


def test_skos_is_read_back_by_another_reader(write):
    from rdflib import SKOS, Graph

    taxonomy = read_taxonomy(write(HEAD + TRUST))
    graph = Graph().parse(data=to_turtle(taxonomy), format="turtle")
    (trust,) = [s for s, label in graph.subject_objects(SKOS.prefLabel) if str(label) == "Trust"]
    assert str(graph.value(trust, SKOS.definition)) == "Faith"
    assert {str(label) for label in graph.objects(trust, SKOS.hiddenLabel)} == {
        "trust",
        '"mutual respect"',
    }
    assert to_turtle(taxonomy) == to_turtle(taxonomy)


# The taxonomy that comes along.


@pytest.fixture(scope="module")
def shipped():
    return read_taxonomy(default_taxonomy())


def test_the_taxonomy_that_comes_along_has_no_problem():
    assert render(check(default_taxonomy()), default_taxonomy()).endswith("0 errors, 0 warnings")


def test_it_holds_the_73_eric_strategies_in_their_nine_clusters(shipped):
    strategies = [c for c in shipped.concepts if c.facet == "strategy"]
    assert sorted(int(c.number) for c in strategies) == list(range(1, 74))
    sizes = Counter(c.cluster for c in strategies)
    assert sorted(sizes.values()) == [4, 4, 5, 5, 8, 9, 10, 11, 17]


def test_its_ratings_have_the_margins_they_are_said_to_have(shipped):
    strategies = [c for c in shipped.concepts if c.facet == "strategy"]
    strict = Counter(c.ratings["orientation"] for c in strategies)
    assert [strict[step] for step in ("highly relational", "semi-relational", "operational")] == [
        9,
        9,
        23,
    ]
    assert [strict[step] for step in ("semi-transactional", "highly transactional")] == [15, 17]
    generous = shipped.orientation("orientation_generous")
    assert sum(generous[c.id] == "relational" for c in strategies) == 36


def test_it_holds_every_facet_and_the_eight_implementation_outcomes(shipped):
    facets = Counter(c.facet for c in shipped.concepts)
    assert set(facets) == set(FACETS)
    assert facets["outcome"] == 8


def test_every_strategy_and_relationship_falls_under_a_code_of_the_scheme(shipped):
    assert all(c.group for c in shipped.concepts if c.facet in ("strategy", "relationship"))
