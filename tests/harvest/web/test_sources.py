"""One contract for all sources: every record once, every field clean, whatever goes wrong."""

import contextlib
import itertools
import json
import os
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest
from invented import invented, with_troubles
from pipeline.errors import RapportError
from pipeline.harvest.normalise import Row, row
from pipeline.harvest.web.client import Client, Stopped, Transient
from pipeline.harvest.web.fetch import fetch, works
from pipeline.harvest.web.harvest import SOURCES
from pipeline.harvest.web.keys import Keys
from pipeline.harvest.web.query import parse
from pipeline.harvest.web.snapshot import Snapshot
from pipeline.harvest.web.source import Question
from replica import CONTENT, TRANSPORT
from sizes import CEILING, KINDS, PAGE, WORKS

QUERY = "implementation AND trust"
DATED = [kind for kind in KINDS if SOURCES[kind].ceiling]
LABELLED = ("europepmc", "pubmed", "crossref")


@pytest.fixture
def harvest(replica, manners, keys, tmp_path):
    """Fetch one source into a folder; the records that its snapshot then holds."""
    replica.page_ceiling["semanticscholar"] = PAGE

    def run(kind, folder="snapshot", question=None, keys=keys, manners=manners, **options):
        source = SOURCES[kind](question or ask(), keys, replica.base_url(kind))
        snapshot = Snapshot(tmp_path / folder)
        with Client(source.terms(), keys, manners) as client:
            fetch(source, snapshot, client, **options)
        return list(works(source, snapshot))

    return run


def with_a_null(body):
    """An answer as often as it has strings, each time with another one gone."""
    if not body.lstrip().startswith(b"{"):
        for number, _ in enumerate(ElementTree.fromstring(body).iter()):
            root = ElementTree.fromstring(body)
            list(root.iter())[number].text = None
            yield ElementTree.tostring(root)
        return
    whole = json.loads(body)
    places = [(whole, key) for key in whole]
    while places:
        holder, key = places.pop()
        value = holder[key]
        if isinstance(value, dict):
            places += [(value, name) for name in value]
        elif isinstance(value, list):
            places += [(value, number) for number in range(len(value))]
        elif isinstance(value, str):
            holder[key] = None
            yield json.dumps(whole).encode()
            holder[key] = value


def kept_pages(folder):
    return len(list(folder.rglob("*.gz")))


def ask(**more):
    return Question(QUERY, parse(QUERY), issn=("1234-5678",), **more)


@pytest.mark.parametrize("kind", KINDS)
class TestContract:
    """What every source must do."""

    def test_every_record_arrives_once(self, kind, replica, harvest):
        found = harvest(kind)
        assert len({work.place for work in found}) == len(found) == len(replica.works[kind])

    def test_a_query_that_finds_nothing_is_complete(self, kind, replica, harvest):
        replica.works[kind] = []
        assert harvest(kind) == []

    def test_one_page_that_is_exactly_full_is_complete(self, kind, replica, harvest):
        replica.works[kind] = replica.works[kind][:PAGE]
        assert len(harvest(kind)) == PAGE

    def test_every_field_of_a_record_is_filled_and_clean(self, kind, replica, harvest):
        made = replica.works[kind][0]
        found = {work.title: work for work in harvest(kind)}[made.title]
        assert found.year == made.year
        assert found.doi == made.doi
        assert found.venue == made.venue
        assert {name.strip() for name in found.keywords.split(";")} >= set(made.keywords) or (
            kind == "semanticscholar"
        )
        assert all(
            family in found.authors and given in found.authors for family, given in made.authors
        )
        text = made.text if kind in LABELLED else f"{made.background} {made.methods}"
        assert found.abstract == text
        assert found.type
        assert found.url.startswith("http")
        assert not found.retracted

    def test_a_record_without_an_abstract_arrives_with_a_blank_one(self, kind, replica, harvest):
        replica.works[kind] = [replace(work, abstract=False) for work in replica.works[kind]]
        assert {work.abstract for work in harvest(kind)} == {""}

    def test_what_was_fetched_is_read_again_without_asking(self, kind, replica, harvest):
        first = harvest(kind)
        asked = replica.requests(kind)
        assert harvest(kind) == first
        assert replica.requests(kind) == asked

    def test_requests_keep_the_pace(self, kind, replica, harvest, clock):
        begun = clock.now()
        harvest(kind)
        least = min(SOURCES[kind].interval, 1 / 3)
        assert clock.now() - begun >= (replica.requests(kind) - 1) * least * 0.99

    def test_refresh_adds_what_is_new_and_keeps_what_was_there(self, kind, replica, harvest, clock):
        before = harvest(kind)
        new = replace(invented(60)[50], added=date(2026, 11, 20))
        replica.works[kind].append(new)
        assert len(harvest(kind)) == len(before)
        clock.at += 86_400
        new_today = replace(new, added=date.fromtimestamp(clock.at))
        replica.works[kind][-1] = new_today
        after = harvest(kind, refresh=True)
        assert len(after) == len(before) + 1
        assert {work.place for work in before} < {work.place for work in after}

    def test_a_harvest_goes_on_where_it_was_stopped(self, kind, replica, harvest, tmp_path):
        whole = harvest(kind, "whole")
        needed, pages = replica.requests(kind), kept_pages(tmp_path / "whole")
        for stop in range(1, needed + 1):
            replica.counts.clear()
            replica.faults = {(kind, stop + again): "500" for again in range(8)}
            with pytest.raises(Stopped, match="status 500"):
                harvest(kind, f"stop-{stop}")
            kept = kept_pages(tmp_path / f"stop-{stop}")
            planned = (tmp_path / f"stop-{stop}" / "plan.json").exists()
            replica.forget()
            assert harvest(kind, f"stop-{stop}") == whole
            assert replica.requests(kind) == (pages - kept if planned else needed)

    def test_a_page_that_is_gone_or_damaged_is_fetched_again(
        self, kind, replica, harvest, tmp_path, clock
    ):
        whole = harvest(kind)
        clock.at += 3 * 86_400
        for number in range(3):
            page = sorted((tmp_path / "snapshot").rglob("*.gz"))[number]
            page.write_bytes(b"spoiled")
            with pytest.raises(RapportError, match="is damaged.*Delete it"):
                harvest(kind)
            page.unlink()
            assert harvest(kind) == whole
            assert harvest(kind) == whole

    @pytest.mark.parametrize("fault", TRANSPORT)
    def test_a_fault_at_the_first_try_of_every_request_changes_nothing(
        self, kind, fault, replica, harvest, manners, impatient
    ):
        whole = harvest(kind, "whole")
        needed = replica.requests(kind)
        replica.counts.clear()
        replica.faults = {(kind, odd): fault for odd in range(1, 2 * needed + 1, 2)}
        slow = fault in ("silence", "slow drip")
        assert harvest(kind, "faulty", manners=impatient if slow else manners) == whole
        assert replica.requests(kind) == 2 * needed or slow

    @pytest.mark.skipif("RAPPORT_ALL_FAULTS" not in os.environ, reason="set RAPPORT_ALL_FAULTS")
    @pytest.mark.parametrize("fault", TRANSPORT)
    def test_a_fault_at_each_request_in_turn_changes_nothing(
        self, kind, fault, replica, harvest, impatient
    ):
        whole = harvest(kind, "whole")
        for at in range(1, replica.requests(kind) + 1):
            replica.counts.clear()
            replica.faults = {(kind, at): fault}
            assert harvest(kind, f"at-{at}", manners=impatient) == whole

    @pytest.mark.parametrize("fault", CONTENT)
    def test_a_page_that_lies_is_found_out(self, kind, fault, replica, harvest):
        """The same records come, or the error says how many are missing."""
        whole = harvest(kind, "whole")
        for at in range(1, replica.requests(kind) + 1):
            replica.counts.clear()
            replica.faults = {(kind, at): fault}
            try:
                found = harvest(kind, f"at-{at}")
            except RapportError as error:
                assert "records are missing" in str(error)
                replica.faults = {}
                found = harvest(kind, f"at-{at}")
            assert found == whole

    def test_a_source_that_always_loses_a_record_is_an_error_that_counts_it(
        self, kind, replica, harvest
    ):
        if kind == "pubmed":
            pytest.skip("PubMed names its records beforehand: see test_pubmed")
        replica.always[kind] = "count up"
        with pytest.raises(RapportError, match=r"3 of \d+ records are missing"):
            harvest(kind)

    def test_a_shortfall_can_be_accepted(self, kind, replica, harvest):
        replica.always[kind] = "count up"
        assert len(harvest(kind, allow_missing=3 * 40)) == len(replica.works[kind])

    def test_a_null_where_text_should_be_loses_no_record(self, kind, replica, harvest):
        replica.works[kind][3] = replace(replica.works[kind][3], title=None, keywords=())
        if kind == "pubmed":
            replica.works[kind][3] = replace(replica.works[kind][3], title="")
        if kind == "europepmc":
            replica.works[kind][3] = replace(replica.works[kind][3], title="")
        assert len(harvest(kind)) == len(replica.works[kind])

    def test_a_null_in_place_of_any_string_of_any_answer_is_read_or_asked_again(
        self, kind, replica, harvest, keys, monkeypatch
    ):
        answers = []
        ask_client = Client.ask

        def remembering(client, request, read):
            body, page = ask_client(client, request, read)
            answers.append((request, body))
            return body, page

        monkeypatch.setattr(Client, "ask", remembering)
        harvest(kind)
        source = SOURCES[kind](ask(), keys, replica.base_url(kind))
        for request, body in answers:
            for spoiled in with_a_null(body):
                with contextlib.suppress(Transient):
                    for _, raw in source.read(request, spoiled).records:
                        assert isinstance(row(source.record(raw)), Row | str)

    def test_an_invalid_certificate_at_any_request_stops_it_and_loses_nothing(
        self, kind, replica, harvest, invalid_certificate
    ):
        whole = harvest(kind, "whole")
        for at in range(1, replica.requests(kind) + 1):
            replica.counts.clear()
            replica.faults = {(kind, at): f"redirect {invalid_certificate}/x"}
            with pytest.raises(Stopped, match="has no valid certificate"):
                harvest(kind, f"at-{at}")
            replica.faults = {}
            assert harvest(kind, f"at-{at}") == whole

    def test_a_redirect_to_elsewhere_is_refused(self, kind, replica, harvest):
        replica.always[kind] = "redirect http://elsewhere.invalid/works"
        with pytest.raises(Stopped, match="sends elsewhere, to http://elsewhere.invalid"):
            harvest(kind)

    def test_a_source_that_is_down_says_so_in_one_line(self, kind, replica, harvest):
        replica.always[kind] = "503 text"
        with pytest.raises(Stopped, match=r"status 503 \(asked 4 times\)") as caught:
            harvest(kind)
        assert "\n" not in str(caught.value)

    def test_a_spent_allowance_names_the_hour_to_come_back(self, kind, replica, harvest):
        replica.budget[kind] = 2
        with pytest.raises(Stopped, match="Run the same command again after 2026-") as caught:
            harvest(kind)
        assert caught.value.until
        replica.budget.clear()
        assert len(harvest(kind)) == len(replica.works[kind])


@pytest.mark.parametrize("kind", DATED)
def test_a_query_above_the_ceiling_is_split_by_date(kind, replica, harvest, tmp_path):
    found = harvest(kind)
    assert len(found) == len(replica.works[kind])
    plan = Snapshot(tmp_path / "snapshot").plan()
    parts = plan.rounds[0].parts
    assert len(parts) > 1
    assert all(part.expected <= CEILING for part in parts)
    for one, other in itertools.pairwise(parts):
        assert one.part.until < other.part.since


@pytest.mark.parametrize("kind", DATED)
def test_records_that_no_part_holds_are_missing(kind, replica, harvest):
    """Works with a date before all parts are announced for the whole and are in no part."""
    replica.works[kind][0] = replace(replica.works[kind][0], added=date(1850, 1, 1))
    with pytest.raises(RapportError, match=f"1 of {WORKS} records are missing"):
        harvest(kind)


@pytest.mark.parametrize("kind", ["europepmc", "pubmed", "crossref", "openalex"])
def test_a_retracted_work_is_marked(kind, replica, harvest):
    replica.works[kind] = with_troubles(replica.works[kind])
    made = {work.title for work in replica.works[kind] if work.retracted}
    assert {work.title for work in harvest(kind) if work.retracted} == made


@pytest.mark.parametrize("kind", ["europepmc", "pubmed", "crossref", "openalex", "eric", "doaj"])
def test_a_language_is_told(kind, replica, harvest):
    replica.works[kind] = with_troubles(replica.works[kind])
    german = {work.title for work in replica.works[kind] if work.language == "de"}
    told = {work.title for work in harvest(kind) if work.language.lower()[:2] in ("de", "ge")}
    assert told == german


def test_a_key_that_is_wrong_is_named_and_not_shown(replica, harvest):
    replica.key["openalex"] = "right"
    with pytest.raises(Stopped, match="does not accept the key") as caught:
        harvest("openalex", keys=Keys({"openalex": "wrong-key-1234"}))
    assert "wrong-key-1234" not in str(caught.value)


def test_pubmed_asks_again_for_the_records_it_was_not_given(replica, harvest):
    """EFetch may leave out records that ESearch named; only these are asked for again."""
    replica.faults[("pubmed", 5)] = "short page"
    assert len(harvest("pubmed")) == WORKS
    batches = [
        given["id"].split(",") for _, path, given, _ in replica.asked if path == "efetch.fcgi"
    ]
    assert len({tuple(batch) for batch in batches}) == len(batches)


def test_pubmed_names_the_records_it_never_gives(replica, harvest, monkeypatch):
    hidden = replica.works["pubmed"][5].pmid
    import replica_sources

    whole = replica_sources._efetch
    monkeypatch.setattr(
        replica_sources,
        "_efetch",
        lambda r, a, limits: whole(
            r, replace(a, given={**a.given, "id": a.given["id"].replace(hidden, "1")}), limits
        ),
    )
    with pytest.raises(RapportError, match="1 of .* records are missing in the part"):
        harvest("pubmed")
