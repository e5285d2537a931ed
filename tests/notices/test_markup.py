import pytest
from django.template import Context, Template

from notices.markup import fill, placeholders, to_html, to_text, unlinked


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# Title", "<h2>Title</h2>"),
        ("## Title\n### Part", "<h2>Title</h2>\n<h3>Part</h3>"),
        ("**strong**", "<p><strong>strong</strong></p>"),
        ("<script>alert(1)</script>x", "<p>x</p>"),
        ('<img src=x onerror="alert(1)">', "<p></p>"),
        ("[a](javascript:alert(1))", '<p><a rel="noopener noreferrer">a</a></p>'),
        ("[a](data:text/html,x)", '<p><a rel="noopener noreferrer">a</a></p>'),
        ("[a](https://x.example)", '<p><a href="https://x.example" rel="noopener noreferrer">a</a></p>'),
        ("[a](/rfps/)", '<p><a href="http://127.0.0.1:8000/rfps/" rel="noopener noreferrer">a</a></p>'),
        ("[a](//evil.example)", '<p><a href="//evil.example" rel="noopener noreferrer">a</a></p>'),
        ('<p style="color:red" onclick="x()">a</p>', "<p>a</p>"),
    ],
)
def test_markdown_is_made_safe(source, expected):
    assert to_html(source) == expected


LINK = '<a href="{0}" rel="noopener noreferrer">{0}</a>'


@pytest.mark.parametrize(
    ("source", "linked", "around"),
    [
        ("See https://x.example/a_b_c?d=1&e=2#f.", "https://x.example/a_b_c?d=1&amp;e=2#f", "See {}."),
        ("(https://x.example/)", "https://x.example/", "({})"),
        ("*https://x.example*", "https://x.example", "<em>{}</em>"),
        ("<https://x.example>", "https://x.example", "{}"),
    ],
)
def test_a_pasted_address_becomes_a_link(source, linked, around):
    assert to_html(source) == f"<p>{around.format(LINK.format(linked))}</p>"


def test_an_address_in_code_or_in_a_link_stays_what_it_is():
    assert to_html("`https://x.example`") == "<p><code>https://x.example</code></p>"
    link = '<a href="https://x.example/b" rel="noopener noreferrer">https://x.example/a</a>'
    assert to_html("[https://x.example/a](https://x.example/b)") == f"<p>{link}</p>"


def test_a_table_in_the_text_part_has_lines_and_no_frame():
    source = "Rooms:\n\n| When | Where |\n|:---|-----|\n| 9 | **B 12** |\n\na | b\n--- | ---\n1 | 2\n\n---\n\nEnd"

    assert to_text(source) == "Rooms:\n\nWhen | Where\n9 | B 12\n\na | b\n1 | 2\n\n---\n\nEnd"


def test_the_text_part_reads_as_text():
    source = "## Where\n\nCome to **room 2**: [map](/map/), [page](https://x.example/a_b__c)\n\n*Not\nlate*\n\n- snake_case\n- 2 * 3 ** 4"

    assert to_text(source) == (
        "Where\n\nCome to room 2: map <http://127.0.0.1:8000/map/>, page <https://x.example/a_b__c>\n\n"
        "Not\nlate\n\n- snake_case\n- 2 * 3 ** 4"
    )


def test_values_are_escaped_and_never_read_again():
    assert fill("Hi {name}", {"name": "<b>{name}</b>"}, html=True) == "Hi &lt;b&gt;{name}&lt;/b&gt;"
    assert fill("Hi {name}", {"name": "A\r\nB"}, html=False) == "Hi A B"


@pytest.mark.parametrize("source", ["{name.__class__}", "{0}", "{email}", "{{name", "{name!r}"])
def test_other_placeholders_stay_as_they_are(source):
    assert fill(source, {"name": "X", "email": "y"}, html=False) == source


def test_everything_in_braces_is_found():
    assert placeholders("{name} {email} {name.__class__} {1}") == {"name", "email", "name.__class__"}


@pytest.mark.parametrize(
    ("name", "inert"),
    [
        ("Ana Ruiz", "Ana Ruiz"),
        ("J. R. O'Neil-Sí, Ph.D.", "J. R. O'Neil-Sí, Ph.D."),
        ("https://evil.example/win", "https evil example win"),
        ("www.evil.example", "www evil example"),
        ("pay@evil.example", "pay evil example"),
    ],
)
def test_no_mail_program_makes_a_link_of_a_name(name, inert):
    assert unlinked(name) == inert


def test_templates_have_it_as_a_filter():
    assert Template("{% load markup %}{{ text|markdown }}").render(Context({"text": "*a*"})) == "<p><em>a</em></p>"
