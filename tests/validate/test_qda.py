"""What Rapport exports can be opened by other software, and every span is where it was marked."""

import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pipeline.errors import RapportError
from pipeline.validate.qda import export_qda, place_in_source, source_text
from pipeline.validate.sheet import draw

sys.path.insert(0, str(Path(__file__).parent))
import refi

NAMES = {"p": refi.PROJECT, "c": refi.CODEBOOK}
FINE = (
    f'<Project xmlns="{refi.PROJECT}" name="p"><Users><User guid="{"0" * 8}-0000-0000-0000-'
    f'{"0" * 12}"/></Users></Project>'
)


class Opened:
    """A project as another program reads it: the archive, its XML, and the text of each source."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as archive:
            self.names = archive.namelist()
            self.root = etree.fromstring(archive.read("project.qde"))
            self.sources = {
                source.get("name"): (source, archive.read(self.file_of(source)).decode("utf-8"))
                for source in self.root.iterfind(".//p:TextSource", NAMES)
            }

    @staticmethod
    def file_of(source):
        return source.get("plainTextPath").replace("internal://", "Sources/")

    def selected(self, name):
        """The words of each selection of a source, with the name of its code."""
        source, text = self.sources[name]
        codes = {
            code.get("guid"): code.get("name") for code in self.root.iterfind(".//p:Code", NAMES)
        }
        return [
            (
                codes[selection.find(".//p:CodeRef", NAMES).get("targetGUID")],
                text[int(selection.get("startPosition")) : int(selection.get("endPosition"))],
            )
            for selection in source.iterfind("p:PlainTextSelection", NAMES)
        ]


@pytest.fixture
def exported(make_study, corpus, tmp_path):
    """Export a study of these texts and open what came out."""

    def make(*texts):
        study = make_study([list(texts)])
        export_qda(study, tmp_path / "coded.qdpx")
        return Opened(tmp_path / "coded.qdpx")

    return make


@pytest.fixture
def codebook(small_study, tmp_path):
    export_qda(small_study, tmp_path / "codes.qdc")
    return etree.parse(tmp_path / "codes.qdc").getroot()


def text(corpus, title, abstract, record="doi:10.1/x"):
    return corpus.Text(record, "research", title, abstract, ["workshop"])


def test_a_project_keeps_every_rule_of_the_standard(exported, corpus):
    opened = exported(*(corpus.invented(n) for n in range(20)))
    assert list(refi.violations(opened.root)) == []


def test_a_codebook_keeps_every_rule_of_the_standard(codebook):
    assert list(refi.violations(codebook)) == []


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("</Users>", "</Users><Users/>", "Project has inside it"),
        ('name="p"', "", "Project lacks name"),
        ('name="p"', 'name="p" title="t"', "Project has title"),
        ('guid="0', 'guid="x', "as guid"),
        (refi.PROJECT, refi.CODEBOOK, "no root of the standard"),
        ("<User ", "<Author ", "Users has inside it"),
    ],
)
def test_the_check_finds_what_the_standard_does_not_allow(right, wrong, said):
    broken = FINE.replace(right, wrong)
    assert any(said in found for found in refi.violations(etree.fromstring(broken)))
    assert list(refi.violations(etree.fromstring(FINE))) == []


def test_a_selection_is_where_its_words_are(exported, corpus):
    opened = exported(text(corpus, "One title", "They ran a workshop there."))
    assert opened.selected("doi:10.1/x") == [("workshop", "workshop")]


@pytest.mark.parametrize("before", ["\U0001f600\U0001f469\u200d\u2695\ufe0f ", "e\u0301a\u0300 ", "\U00020000\u4e2d ", "one\r\ntwo\n\nthree\u2028"])  # fmt: skip
def test_places_count_unicode_characters_whatever_comes_before(exported, corpus, before):
    opened = exported(text(corpus, f"{before}title", f"{before}a workshop there"))
    assert opened.selected("doi:10.1/x") == [("workshop", "workshop")]


def test_a_mention_in_the_title_stays_in_the_title():
    assert place_in_source("A workshop", "title", 2) == 2
    assert source_text("A workshop", "We met.")[2:10] == "workshop"


def test_a_text_without_a_title_begins_with_its_abstract(exported, corpus):
    opened = exported(text(corpus, "", "workshop first"))
    assert opened.sources["doi:10.1/x"][1] == "workshop first"
    assert opened.selected("doi:10.1/x") == [("workshop", "workshop")]


@given(st.text(max_size=30), st.text(max_size=60), st.data())
def test_no_place_moves_whatever_the_text(title, abstract, data):
    source = source_text(title, abstract)
    start = data.draw(st.integers(0, len(abstract)))
    there = source[place_in_source(title, "abstract", start) :]
    assert len(there) == len(abstract) - start
    kept = [(a, b) for a, b in zip(abstract[start:], there, strict=True) if a.isalnum()]
    assert all(a == b for a, b in kept)


@given(st.text())
def test_a_source_has_no_line_ending_and_nothing_that_xml_refuses(given_text):
    source = source_text("", given_text)
    assert len(source.splitlines()) <= 1
    etree.Element("a").text = source


def test_sources_are_plain_text_files_named_by_their_guid(exported, corpus):
    opened = exported(*(corpus.invented(n) for n in range(9)))
    files = {Opened.file_of(source) for source, _ in opened.sources.values()}
    assert files | {"project.qde"} == set(opened.names)


def test_every_mark_is_the_machines_and_says_by_which_cue(exported, corpus):
    opened = exported(text(corpus, "T", "a workshop there"))
    (user,) = opened.root.iterfind(".//p:User", NAMES)
    for marked in opened.root.xpath("//p:TextSource | //p:PlainTextSelection | //p:Coding", namespaces=NAMES):  # fmt: skip
        assert marked.get("creatingUser") == user.get("guid")
    assert user.get("name") == "Rapport"
    selection = opened.root.find(".//p:PlainTextSelection", NAMES)
    assert selection.findtext("p:Description", namespaces=NAMES) == "cue: workshop"


def test_the_codebook_is_a_tree_of_facets_groups_and_concepts(codebook):
    def below(*path):
        found = codebook.find("c:Codes", NAMES)
        for name in path:
            found = next(
                code for code in found.iterfind("c:Code", NAMES) if code.get("name") == name
            )
        return [code.get("name") for code in found.iterfind("c:Code", NAMES)]

    assert below() == ["strategy", "relationship", "outcome", "setting"]
    assert below("strategy") == ["training", "reminders", "collaboration"]
    assert below("strategy", "training") == ["workshop", "course"]
    assert below("outcome") == ["fidelity"]


def test_a_facet_has_a_colour_of_its_own_and_cannot_be_coded_with(codebook):
    facets = codebook.findall("c:Codes/c:Code", NAMES)
    assert len({facet.get("color") for facet in facets}) == len(facets)
    assert {facet.get("isCodable") for facet in facets} == {"false"}
    for facet in facets:
        assert {c.get("color") for c in facet.iter() if c.get("guid")} == {facet.get("color")}


def test_a_code_tells_what_it_means(codebook):
    said = codebook.find(".//c:Code[@name='workshop']/c:Description", NAMES).text
    assert said == "Workshop: What is meant by workshop."


def test_codes_have_the_same_guid_in_codebook_and_project(codebook, exported, corpus):
    project = exported(text(corpus, "T", "a workshop there")).root
    ours, theirs = (
        {code.get("name"): code.get("guid") for code in root.iter(f"{{{space}}}Code")}
        for root, space in ((codebook, refi.CODEBOOK), (project, refi.PROJECT))
    )
    assert ours == theirs


def test_the_texts_of_the_sample_are_exported_where_one_was_drawn(small_study, tmp_path):
    draw(small_study, 12)
    assert export_qda(small_study, tmp_path / "sample.qdpx") == 12
    assert len(Opened(tmp_path / "sample.qdpx").sources) == 12


def test_the_same_study_gives_the_same_bytes(small_study, tmp_path):
    for name in ("a.qdpx", "b.qdpx"):
        export_qda(small_study, tmp_path / name)
    assert (tmp_path / "a.qdpx").read_bytes() == (tmp_path / "b.qdpx").read_bytes()


def test_another_ending_is_refused_with_what_to_do(small_study, tmp_path):
    with pytest.raises(RapportError, match=r"no format of REFI-QDA.*\.qdc.*\.qdpx"):
        export_qda(small_study, tmp_path / "coded.nvp")


def test_characters_that_xml_refuses_do_not_break_a_project(exported, corpus):
    opened = exported(text(corpus, "A\x00title", "a \x0bworkshop\ufffe & <b>there</b>"))
    assert list(refi.violations(opened.root)) == []
    assert opened.selected("doi:10.1/x") == [("workshop", "workshop")]
