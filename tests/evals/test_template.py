import pytest

from evals.errors import TemplateError
from evals.template import read_template

ITEM = {
    "question": "hi",
    "items": [1, 2],
    "nested": {"a": None, "b": True, "c": 1.5},
    "long": "a" * 2000,
}


def rendered(source, **values):
    return read_template(source).render(item=ITEM, **values)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain { text }", "plain { text }"),
        ("{{ item.question }}!\n", "hi!\n"),
        ("{{item['question']}}", "hi"),
        ("{{ item.items }}", "[1, 2]"),
        ("{{ item.nested.a }}{{ item.nested.b }}{{ item.nested.c }}", "true1.5"),
        ("{{ item.nested }}", '{"a": null, "b": true, "c": 1.5}'),
        ("{% for one in item.items %}{{ one }};{% endfor %}", "1;2;"),
        ("{{ 'a#### 7'.split('####')[1] | trim }}", "7"),
        ("{{ item.missing | default('none') }}", "none"),
        ("{% if item.question == 'hi' %}yes{% endif %}", "yes"),
        ("{{ item.items | join('+') }}", "1+2"),
    ],
)
def test_a_template_is_filled_in(source, text):
    assert rendered(source) == text


@pytest.mark.parametrize(
    "source",
    [
        "{{ range(10**9) }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ item.question.__class__.__mro__ }}",
        "{{ item.long | replace('', item.long) | replace('', item.long) }}",
        "{{ item.long | join(item.long) | join(item.long) }}",
        "{% for a in item.long %}{% for b in item.long %}{% endfor %}{% endfor %}",
        "{% for a in item.long %}{{ item.long }}" * 1 + "{{ item.long }}" * 10 + "{% endfor %}",
        "{% set x = 1 %}",
        "{% include 'a' %}",
        "{% macro a() %}{% endmacro %}",
        "{{ cycler }}",
        "{{ item.question ~ item.question }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ item.question | center(1000000000) }}",
        "{{ item.question.split }}",
        "{{ item.question.format(1) }}",
        "{{ item.items.append(1) }}",
        "{{ item",
        "{{ " + "(" * 500 + ")" * 500 + " }}",
    ],
)
def test_a_template_that_goes_too_far_is_an_error_at_once(source):
    with pytest.raises(TemplateError):
        rendered(source)


def test_a_missing_field_is_named_beside_those_that_are_there():
    with pytest.raises(TemplateError, match="no field 'answer'; the item has question, items"):
        rendered("{{ item.answer }}")


def test_the_fields_without_which_it_cannot_do_are_known_beforehand():
    source = "{{ item.a }}{{ item['b'] }}{{ item.c | default('') }}{% if item.d %}{{ item.e }}{% endif %}"
    assert read_template(source).item_fields == {"a", "b"}
