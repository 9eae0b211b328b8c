"""Practice documents cut into passages."""

from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.errors import RapportError
from pipeline.harvest.documents.blocks import Block
from pipeline.harvest.documents.passages import cut
from pipeline.harvest.documents.source import read
from pipeline.harvest.entries import Broken, Entry, Note
from pipeline.study import Source

LONG = "The coach came every week and the team learned to rely on her. " * 5
SHORT = "We met on Mondays."


def sentences(count: int) -> str:
    return " ".join(f"Sentence number {n} has exactly seven words." for n in range(count))


@pytest.fixture
def passages(tmp_path):
    """Write one document and give the passages cut from it."""

    def cut_it(name, content, **options):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        items = read(Source("p", "documents", "practice", {"path": path, **options}))
        return [item for item in items if isinstance(item, Entry)]

    return cut_it


def texts(entries):
    return [entry.abstract for entry in entries]


# -- the unit


def test_a_paragraph_is_a_passage(passages):
    assert texts(passages("a.md", f"{LONG}\n\n{LONG}")) == [LONG.strip(), LONG.strip()]


def test_short_paragraphs_are_put_together(passages):
    assert texts(passages("a.md", f"{SHORT}\n\nThen on Fridays too.\n\n{LONG}")) == [
        f"{SHORT} Then on Fridays too.",
        LONG.strip(),
    ]


def test_nothing_is_put_together_across_a_heading(passages):
    assert texts(passages("a.md", f"{SHORT}\n\n# Next\n\nThen on Fridays too.")) == [
        SHORT,
        "Then on Fridays too.",
    ]


def test_the_items_of_a_list_are_one_passage_with_dashes(passages):
    assert texts(
        passages("a.md", "* one trusted person\n* two visits,\n  each long\n+ three calls")
    ) == ["- one trusted person - two visits, each long - three calls"]


def test_what_introduces_a_list_stays_with_it(passages):
    found = texts(passages("a.md", f"The plan has these steps:\n\n- {LONG}\n- {LONG}"))
    assert found[0].startswith("The plan has these steps: - The coach")


def test_numbers_of_a_list_stay(passages):
    assert texts(passages("a.md", "1. We listen first\n2. We come back later on")) == [
        "1. We listen first 2. We come back later on"
    ]


def test_a_long_paragraph_is_cut_between_sentences_into_like_pieces(passages):
    found = texts(passages("a.md", sentences(60), passage_words=250))
    assert [len(text.split()) for text in found] == [210, 210]
    assert " ".join(found) == sentences(60)


def test_a_long_list_is_cut_between_items(passages):
    items = "\n".join(f"- item {n} {LONG}" for n in range(8))
    found = texts(passages("a.md", items, passage_words=200))
    assert all(text.startswith("- item") and len(text.split()) <= 200 for text in found)


@given(
    st.lists(
        st.builds(
            lambda kind, count: Block(kind, [sentences(count)], 1),
            st.sampled_from(["paragraph", "list", "heading"]),
            st.integers(1, 90),
        ),
        max_size=12,
    ),
    st.integers(60, 400),
)
def test_no_word_is_lost_and_no_passage_too_long(blocks, most_words):
    found = list(cut(blocks, most_words))
    kept = [word for block in blocks if block.kind != "heading" for word in block.text.split()]
    assert [word for passage in found for word in passage.text.split()] == kept
    assert all(len(passage.text.split()) <= most_words for passage in found)


def test_passage_words_that_make_no_sense_are_an_error(passages):
    with pytest.raises(RapportError, match="passage_words is 3"):
        passages("a.md", LONG, passage_words=3)


# -- what a passage carries


def test_a_passage_has_its_document_title_number_and_place(passages):
    first, second = passages("plan.md", f"# Plan for trust\n\n{LONG}\n\n{LONG}")
    assert (first.title, first.document) == ("Plan for trust", "plan.md")
    assert (first.source_id, second.source_id) == ("plan.md#1", "plan.md#2")
    assert second.place == "plan.md, line 5"


def test_a_document_without_title_has_its_name(passages):
    assert passages("interview 3.txt", LONG)[0].title == "interview 3"


def test_a_passage_repeated_in_its_document_is_merged_and_counted(harvest):
    found = harvest({"plan.md": f"{LONG}\n\n{sentences(20)}\n\n{LONG}"}, plan={"kind": "documents"})
    assert found.counts("plan.md") == (3, 2, 1, 0)
    assert found.rejected[0]["reason"] == "the same passage of the same document"
    assert {record["document"] for record in found.records} == {"plan.md"}
    assert {record["corpus"] for record in found.records} == {"practice"}


# -- noise


def noise(tmp_path: Path, content: str) -> tuple[list[str], str]:
    path = tmp_path / "a.md"
    path.write_text(content)
    items = list(read(Source("p", "documents", "practice", {"path": path})))
    notes = [str(item) for item in items if isinstance(item, Note)]
    return texts(item for item in items if isinstance(item, Entry)), " ".join(notes)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("tables (1)", "| a | b |\n| - | - |\n| long cell | other cell |"),
        ("page numbers (3)", "pg. 1\n\nPage 2 of 9\n\n17"),
        ("running heads (3)", "State Plan 2021\n\nState Plan 2022\n\nState Plan 2023"),
        ("tables of contents (1)", "# Table of Contents\n\n1. Foreword\n2. Trust\n\n# Foreword"),
        ("lines of contents (1)", "Foreword ........ 3\nTrust ........ 7"),
        ("fragments (1)", "Attachment B"),
        ("lines without words (1)", "(12.5) (13.1) +"),
    ],
)
def test_noise_is_left_out_and_counted(tmp_path, kind, content):
    found, told = noise(tmp_path, f"{LONG}\n\n# Part\n\n{content}\n\n# End\n\n{LONG}")
    assert found == [LONG.strip(), LONG.strip()]
    assert kind in told


def test_a_heading_that_is_a_sentence_is_text(tmp_path):
    sentence = "At this time no coach can visit every one of the teams."
    assert noise(tmp_path, f"# {sentence}")[0] == [sentence]


def test_markdown_signs_are_no_words(passages):
    text = "We **built** [trust](http://example.org) with `teams`[^1] ![x](y.png) and *kept* it\\*."
    assert texts(passages("a.md", text)) == ["We built trust with teams and kept it*."]


def test_settings_before_a_document_are_no_text(passages):
    assert texts(passages("a.md", f"---\ntitle: x\n---\n{SHORT}")) == [SHORT]


# -- plain text


def test_lines_that_were_wrapped_are_one_paragraph(passages):
    wrapped = "The coach came\nevery week and\nstayed."
    assert (
        texts(passages("a.txt", f"{wrapped}\n\n{LONG}"))[0]
        == "The coach came every week and stayed."
    )


def test_where_no_line_is_blank_each_long_line_is_a_paragraph(passages):
    assert texts(passages("a.txt", f"{LONG}\n{sentences(20)}\n")) == [LONG.strip(), sentences(20)]


def test_turns_of_speakers_are_apart(passages):
    turns = [f"Interviewer: {SHORT}", f"Nurse 1: {LONG}", f"Interviewer: {LONG}"]
    assert texts(passages("a.txt", "\n".join(turns))) == [turn.strip() for turn in turns]


# -- HTML, Word, PDF


def test_a_page_is_read_without_menus_scripts_and_tables(passages):
    page = f"""<html><head><title>Site</title><style>p {{}}</style></head><body>
    <nav><a>Home</a></nav><h1>Blog on <em>trust</em></h1><!-- hidden -->
    <p>{LONG}</p><table><tr><td>cell</td></tr></table>
    <ul><li>one trusted <b>person</b></li><li>two visits<ul><li>each long</li></ul></li></ul>
    <div>Loose words here.<br>Next line.</div><script>var x;</script><footer>Foot</footer>
    </body></html>"""
    found = passages("a.html", page)
    assert found[0].title == "Blog on trust"
    assert texts(found) == [
        LONG.strip(),
        "- one trusted person - two visits - each long Loose words here. Next line.",
    ]


def test_a_word_document_is_read_in_order(tmp_path, passages):
    document = docx.Document()
    document.add_heading("Plan for trust", 1)
    document.add_paragraph(LONG)
    document.add_table(1, 1).cell(0, 0).text = "cell"
    document.add_paragraph("one trusted person", style="List Bullet")
    document.add_paragraph("two visits", style="List Number")
    document.add_heading("Then", 2)
    document.add_paragraph(SHORT)
    document.save(tmp_path / "made.docx")
    found = passages("a.docx", (tmp_path / "made.docx").read_bytes())
    assert texts(found) == [LONG.strip(), "- one trusted person - two visits", SHORT]
    assert found[0].title == "Plan for trust"


def pdf(*pages: list[str]) -> bytes:
    """A PDF of one font, each line of each page shown below the one before."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for lines in pages:
        shown = " T* ".join(f"({line}) Tj" for line in lines)
        stream = f"BT /F1 10 Tf 12 TL 40 780 Td {shown} ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {len(objects)} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    body = "%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    size = len(objects) + 1
    start = body.index("xref\n0 ")
    return f"{body}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()


PAGES = [
    [
        "State plan 2021",
        "The coach came to see the team every week for as long as it was",
        "needed and the team learned to rely on her and on what she knew of imple-",
        "mentation.",
        "Then the implementation was left to the team, which had by then all",
        f"1{''}",
    ],
    [
        "State plan 2021",
        "that it needed to go on alone, and it did.",
        "2",
    ],
    ["State plan 2021", "Last words of the plan are here and they are a whole sentence.", "3"],
]


def test_a_pdf_is_read_without_heads_feet_and_hyphens(passages):
    found = passages("a.pdf", pdf(*PAGES))
    text = " ".join(texts(found))
    assert "State plan" not in text
    assert "what she knew of implementation. Then the implementation was left" in text
    assert "by then all that it needed to go on alone, and it did." in text
    assert found[0].place == "a.pdf, page 1"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.pdf", b"%PDF-1.4 nothing", "no PDF that can be read"),
        ("a.pdf", pdf([]), "only pictures"),
        ("a.docx", b"PK nothing", "no Word document"),
        ("a.md", b"", "is empty"),
        ("a.md", b"# Only a heading\n", "no passage"),
        ("a.png", b"\x89PNG", "no document that can be read"),
        ("a.txt", bytes(range(256)), "not a text file"),
    ],
)
def test_a_document_that_cannot_be_read_is_one_clear_line(passages, name, content, told):
    with pytest.raises(RapportError, match=told) as raised:
        passages(name, content)
    assert name in str(raised.value)


# -- folders


def test_a_folder_is_read_in_the_order_of_names_and_one_bad_file_stops_nothing(tmp_path):
    folder = tmp_path / "plans"
    (folder / "more").mkdir(parents=True)
    (folder / "b.md").write_text(LONG)
    (folder / "a.pdf").write_bytes(b"%PDF-1.4 nothing")
    (folder / "more" / "b.md").write_text(LONG)
    (folder / ".hidden.md").write_text(LONG)
    (folder / "~$b.docx").write_text("lock")
    items = list(read(Source("p", "documents", "practice", {"path": folder})))
    broken = [item for item in items if isinstance(item, Broken)]
    assert [item.document for item in items if isinstance(item, Entry)] == ["b.md", "more/b.md"]
    assert [(each.place, each.reason.partition(".")[0]) for each in broken] == [
        ("a.pdf", "is no PDF that can be read")
    ]


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(RapportError, match="has no documents"):
        list(read(Source("p", "documents", "practice", {"path": tmp_path})))
