import pytest

from evals.dataset.read import inline_dataset, read_dataset
from evals.definition.definition import DatasetFormat
from evals.errors import DatasetError


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("d.jsonl", '{"id": "a", "q": "x"}\n\n{"id": "b", "q": "y"}\n'),
        ("d.json", '[{"id": "a", "q": "x"}, {"id": "b", "q": "y"}]'),
        ("d.csv", "\ufeffid,q\r\na,x\r\nb,y\r\n"),
        ("d.tsv", "id\tq\na\tx\nb\ty\n"),
        ("d.jsonl", '{"item": {"id": "a", "q": "x"}}\n{"item": {"id": "b", "q": "y"}}'),
    ],
)
def test_the_same_items_in_every_format_have_the_same_hash(name, text):
    dataset = read_dataset(text, name)
    assert [item.fields for item in dataset.items] == [{"id": "a", "q": "x"}, {"id": "b", "q": "y"}]
    assert dataset.hash == inline_dataset([item.fields for item in dataset.items], "x").hash


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("d.jsonl", "", "d.jsonl: is empty: it must hold at least one item"),
        ("d.csv", "id,q\n", "d.csv: is empty"),
        ("d.jsonl", '{"id": 1}\n\n{"id": "1"}', "d.jsonl:3: id: the id '1' is that of line 1 already"),
        ("d.jsonl", '{"q": 1}\n{"q": ', "d.jsonl:2: not JSON"),
        ("d.jsonl", '{"q": 1}\n[1]', "d.jsonl:2: an item must be an object"),
        ("d.jsonl", '{"id": {"a": 1}}', "d.jsonl:1: id: an id must be a number"),
        ("d.json", '{"q": 1}', "d.json: must be a list of objects"),
        ("d.csv", 'q,a\n"two\nlines",1\n1,2,3\n', "d.csv:4: has 3 cells under 2 columns"),
        ("d.csv", "q,q\n1,2\n", "d.csv:1: the column 'q' is there twice"),
        ("d.csv", 'q\n"a"b\n', "d.csv:2: not CSV"),
    ],
)
def test_a_bad_dataset_is_one_message_with_its_line(name, text, message):
    with pytest.raises(DatasetError) as caught:
        read_dataset(text, name)
    assert str(caught.value).startswith(message)


def test_inspects_columns_are_read_as_inspect_does():
    text = 'input,target,id,metadata\nWhat?,"[""4"", ""four""]",q1,"{""level"": 3}"\n'
    dataset = read_dataset(text, "d.csv")
    assert dataset.kind == DatasetFormat.INSPECT
    item = dataset.items[0]
    assert item.id == "q1"
    assert item.fields["target"] == ["4", "four"]
    assert item.group("metadata.level") == "3"


def test_a_dataset_may_bring_its_answers_along():
    dataset = read_dataset('{"item": {"q": 1}, "sample": {"output_text": "4"}}', "d.jsonl")
    assert dataset.items[0].sample == {"output_text": "4"}
    assert dataset.items[0].fields == {"q": 1}


def test_a_sample_of_the_items_is_the_same_for_the_same_seed_and_grows_with_its_limit():
    dataset = inline_dataset([{"q": at} for at in range(100)], "x")
    ten = [item.id for item in dataset.taken(10, 7).items]
    assert ten == [item.id for item in dataset.taken(10, 7).items]
    assert ten != [item.id for item in dataset.taken(10, 8).items]
    assert set(ten) < {item.id for item in dataset.taken(20, 7).items}
    assert [item.id for item in dataset.taken(2, None).items] == ["1", "2"]
    assert dataset.taken(10, 7).hash != dataset.hash
