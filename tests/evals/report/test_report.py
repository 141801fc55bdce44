import csv
import io
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from evals.comparison.compare import compare
from evals.comparison.run import Run
from evals.dataset.read import inline_dataset
from evals.plan import plan
from evals.report.export import csv_text, json_lines, read_json_lines
from evals.report.page import Failure, Report, failures_of, render
from evals.report.plot import Point, plot
from evals.report.sparkline import sparkline
from evals.report.tables import comparison_table, summary_tables
from evals.result import Result, Score
from evals.statistics.interval import Interval
from evals.summary import summarize

EVIL = '<script>alert("x")</script><img src=http://example.com/x>'


def result(item, value, text="4"):
    score = Score(grader="overall", value=value, passed=bool(value), explanation=EVIL)
    return Result(variant=0, item_id=item, item_digest="", epoch=1, scores=[score], output_text=text)


RESULTS = [result("a", 1.0), result(EVIL, 0.0, EVIL), result("c", None, "=1+1")]


@pytest.fixture
def page(make_definition):
    """The page of a run with everything in it."""
    definition = make_definition(name=EVIL)
    run = Run(variants=["claude"], results=RESULTS)
    report = Report(
        title=EVIL,
        subtitle="run 1",
        summary=summarize(definition, ["claude"], RESULTS),
        provenance=plan(definition, inline_dataset(definition.dataset, "x")).provenance,
        series=[Point(label=EVIL, mean=0.5, interval=Interval(low=0.1, high=0.9), verdict="worse")],
        comparison=compare(run, run),
        bar=0.8,
        failures=[Failure(result=one, prompt=EVIL) for one in failures_of(RESULTS)],
    )
    return render(report)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def test_the_page_loads_nothing_and_runs_nothing(page):
    tags = Tags()
    tags.feed(page)
    names = {tag for tag, _ in tags.found}
    assert names.isdisjoint({"script", "img", "link", "iframe", "object"})
    assert not any({"src", "href", "onclick"} & attributes.keys() for _, attributes in tags.found)
    assert "svg" in names


def test_the_page_shows_what_did_not_pass(page):
    assert page.count("<details>") == 2
    assert "cannot tell" in page


@pytest.mark.parametrize("count", [1, 2, 40])
def test_the_picture_is_well_formed_and_stays_within_its_frame(count):
    points = [
        Point(label=f"<{at}>", mean=at % 3 / 2, interval=Interval(low=-0.2, high=1.2)) for at in range(count)
    ]
    tree = ET.fromstring(plot(points, bar=0.9))
    circles = [node for node in tree.iter() if node.tag.endswith("circle")]
    assert len(circles) == count
    assert all(0 < float(node.get("cx")) < 760 and 0 < float(node.get("cy")) < 260 for node in circles)


def test_a_picture_of_runs_without_a_mean_has_its_gaps():
    assert plot([Point(label="a", mean=None), Point(label="b", mean=0.5)]).count("<circle") == 1


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([0.0, 0.5, 1.0], "▁▅█"),
        ([0.8, None, 0.9], "▁ █"),
        ([0.5, 0.5], "▅▅"),
        ([], ""),
        ([None], " "),
    ],
)
def test_a_series_in_one_line(values, line):
    assert sparkline(values) == line


def test_json_lines_come_back_as_they_were():
    assert read_json_lines(b"".join(json_lines(RESULTS))) == RESULTS


def test_a_table_for_spreadsheets_holds_no_formulas():
    rows = list(csv.DictReader(io.StringIO(csv_text([*RESULTS, result("d", 1.0, "-5")], ["claude"]))))
    assert [row["output_text"] for row in rows] == ["4", EVIL, "'=1+1", "-5"]
    assert [row["overall passed"] for row in rows] == ["true", "false", "false", "true"]


def test_tables_have_a_cell_under_every_column(make_definition):
    definition = make_definition(group_by="level", epochs=2, pass_at=[1, 2])
    run = Run(variants=["claude"], results=RESULTS)
    tables = [
        *summary_tables(summarize(definition, ["claude"], RESULTS)),
        comparison_table(compare(run, run)),
    ]
    assert [len(row) == len(table.columns) for table in tables for row in table.rows] == [True] * 3
