import base64

import pytest

PNG = "iVBORw0KGgo="


def content_of(body):
    return body["messages"][0]["content"]


def asking(part):
    return {"messages": [{"role": "user", "content": [part]}]}


def picture(url):
    return asking({"type": "image_url", "image_url": {"url": url, "detail": "low"}})


def file(**fields):
    return asking({"type": "file", "file": fields})


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/gif", "image/webp"])
def test_a_picture_in_a_data_url_goes_inline(sent, media_type):
    assert content_of(sent(**picture(f"data:{media_type};base64,{PNG}"))) == [
        {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": PNG}}
    ]


def test_a_pictures_url_may_stand_bare(sent):
    body = sent(**asking({"type": "image_url", "image_url": "https://a/b.png"}))
    assert content_of(body) == [{"type": "image", "source": {"type": "url", "url": "https://a/b.png"}}]


@pytest.mark.parametrize(
    "url", [picture("data:application/pdf;base64,JVBE"), file(file_data="data:application/pdf;base64,JVBE")]
)
def test_a_pdf_is_a_document_wherever_it_stands(sent, url):
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}
    assert content_of(sent(**url)) == [{"type": "document", "source": source}]


def test_a_text_file_goes_as_text(sent):
    data = base64.b64encode("grüezi".encode()).decode()
    body = sent(**file(file_data=f"data:text/plain;charset=utf-8;base64,{data}", filename="a.txt"))
    source = {"type": "text", "media_type": "text/plain", "data": "grüezi"}
    assert content_of(body) == [{"type": "document", "source": source}]


def test_files_go_by_url_or_by_id(sent):
    assert content_of(sent(**file(file_id="https://a/b.pdf")))[0]["source"] == {
        "type": "url",
        "url": "https://a/b.pdf",
    }
    assert content_of(sent(**file(file_id="file_1"))) == [
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}}
    ]
    assert content_of(sent(**file(file_id="file_1", format="image/png")))[0]["type"] == "image"


def test_claudes_own_blocks_go_out_as_they_are(sent):
    block = {
        "type": "document",
        "source": {"type": "url", "url": "https://a"},
        "title": "t",
        "citations": {"enabled": True},
    }
    assert content_of(sent(**asking(block))) == [block]


@pytest.mark.parametrize(
    "url",
    [
        "http://a/b.png",
        "ftp://a",
        "a.png",
        "data:image/svg+xml;base64,AA",
        "data:image/png,raw",
        "data:;base64,AA",
        "data:image/png;base64,",
        "",
        "data:",
    ],
)
def test_pictures_that_claude_cannot_see_are_refused(refused, url):
    assert refused(**picture(url)) == ["messages.0.content.0.image_url.url"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "file_id"),
        ({"file_data": "JVBE"}, "file_data"),
        ({"file_data": "data:text/plain;base64,/w=="}, "file_data"),
        ({"file_data": "data:text/plain;base64,!"}, "file_data"),
        ({"file_data": "data:text/plain;base64,IA=="}, "file_data"),
        ({"file_data": 7}, "file_data"),
    ],
)
def test_files_that_claude_cannot_read_are_refused(refused, fields, field):
    assert refused(**file(**fields))[0] == f"messages.0.content.0.file.{field}"


def test_pictures_have_no_place_in_what_the_assistant_said(refused):
    part = {"type": "image_url", "image_url": "https://a/b.png"}
    assert refused(messages=[{"role": "assistant", "content": [part]}]) == ["messages.0.content.0.type"]
