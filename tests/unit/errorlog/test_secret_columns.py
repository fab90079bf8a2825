"""Values under a column that names a secret; what is in no such column stays."""

import pytest

from errorlog import secret_columns
from errorlog.patterns import patterns
from errorlog.secret_keys import kind_of

HIDDEN = "hunter2x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("user,password\nann,hunter2x\nbob,", "user,password\nann,[redacted]\nbob,"),
        ('"pin code";a\r\n"hunter2x";1\r\n', '"pin code";a\r\n"[redacted]";1\r\n'),
        ('a|token|b\n"x|y"|hunter2x|z\n', 'a|token|b\n"x|y"|[redacted]|z\n'),
        ("user,password\nann,hunter2x,more", "user,password\nann,hunter2x,more"),
        ("user,password", "user,password"),
        ("what, password?\nann,hunter2x", "what, password?\nann,hunter2x"),
        (
            "INSERT INTO u (name, `password`) VALUES (1, E'hunter2x'), ('it''s', 'hunter3x')",
            "INSERT INTO u (name, `password`) VALUES (1, E'[redacted]'), ('it''s', '[redacted]')",
        ),
        (
            "[SQL: INSERT INTO u (a, secret) VALUES (?, ?)]\n[parameters: ('b', 'hunter2x')]",
            "[SQL: INSERT INTO u (a, secret) VALUES (?, ?)]\n[parameters: ('b', '[redacted]')]",
        ),
        (
            "[SQL: INSERT INTO u (a, secret) VALUES ($1::VARCHAR, $2::VARCHAR) RETURNING u.id]\n"
            "[parameters: ('b', 'hunter2x')]",
            "[SQL: INSERT INTO u (a, secret) VALUES ($1::VARCHAR, $2::VARCHAR) RETURNING u.id]\n"
            "[parameters: ('b', '[redacted]')]",
        ),
        ("INSERT INTO u (a, secret) VALUES (?, ?)", "INSERT INTO u (a, secret) VALUES (?, ?)"),
        ("INSERT INTO u (a, pin) VALUES ('b', NULL)", "INSERT INTO u (a, pin) VALUES ('b', NULL)"),
    ],
)  # fmt: skip
def test_a_secrets_column(text, expected) -> None:
    assert secret_columns.hide_columns(text, kind_of, lambda value: "[redacted]") == expected
    assert patterns((), False).text(text) == expected


@pytest.mark.parametrize(
    "piece",
    [
        "'INSERT INTO a(password)VALUES(', ",
        "INSERT INTO a(password)VALUES('x1y2z3',",
        "INSERT INTO a(password,b)VALUES(1),(",
        "a,password\n",
    ],
)
def test_work_grows_as_the_text_does(piece, monkeypatch) -> None:
    class Counting:
        def __init__(self, pattern):
            self.pattern, self.calls = pattern, 0

        def match(self, *args):
            self.calls += 1
            return self.pattern.match(*args)

    def work(pieces: int) -> int:
        counting = Counting(value)
        monkeypatch.setattr(secret_columns, "_VALUE", counting)
        secret_columns.hide_columns(piece * pieces, kind_of, lambda value: "[redacted]")
        return counting.calls

    value = secret_columns._VALUE
    few, many = work(200), work(800)
    assert many <= 5 * few + 5


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO u (a, password) VALUES ('b', 'hunter2-Zq9",
        'INSERT INTO u (a, password) VALUES ("b", "hunter2-Zq9',
        "[SQL: UPDATE u SET secret=%(s)s]\n[parameters: {'a': 'b', 's': 'hunter2-Zq9",
        """[SQL: UPDATE u SET secret=%(s)s]\n[parameters: {'s': "hunter2-Zq9""",
    ],
)
def test_a_value_that_was_cut_off_is_hidden_to_the_end(text) -> None:
    assert patterns((), False).text(text) == text.replace("hunter2-Zq9", "[redacted]")
