"""Accounts and certificates from the command line, and whom `serve` lets near."""

import io

import pytest
from sqlalchemy import text

from tests.fixtures.districts import STREET, URBAN


@pytest.fixture
def loaded(gridmap_db, town_file):
    gridmap_db("import", town_file)
    return gridmap_db


def test_a_new_account_s_password_is_said_once(loaded):
    answer = loaded("user", "add", "王芳", "--role", "staff", "--community", URBAN)
    assert (answer.code, answer.out.count("Password, shown this once:")) == (0, 1)


def test_a_password_can_be_handed_over(loaded, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("vier Wale im Mai\n"))
    answer = loaded("user", "add", "王芳", "--role", "planner", "--password-stdin")
    assert (answer.code, "Wale" in answer.out) == (0, False)


@pytest.mark.parametrize(
    "words",
    [
        ("王芳", "--role", "staff"),
        ("王芳", "--role", "staff", "--community", "371071009999"),
        ("王芳", "--role", "planner", "--street", STREET),
        ("", "--role", "planner"),
        ("x" * 41, "--role", "planner"),
        ("王芳", "--role", "king"),
    ],
)
def test_an_account_that_can_t_be_is_refused_in_one_line(loaded, words):
    answer = loaded("user", "add", *words)
    assert (answer.code, answer.err.count("\n"), answer.out) == (2, 1, "")


@pytest.mark.parametrize("password", ["short", "password123", "qwertyuiop", "1234567890123"])
def test_a_weak_password_is_refused(loaded, monkeypatch, password):
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    assert loaded("user", "add", "王芳", "--role", "planner", "--password-stdin").code == 2


def test_two_accounts_have_two_names(loaded):
    loaded("user", "add", "anna", "--role", "planner")
    assert loaded("user", "add", "ANNA", "--role", "planner").code == 2


def test_the_list_says_whose_they_are_and_which_are_closed(loaded):
    loaded("user", "add", "王芳", "--role", "staff", "--community", URBAN)
    loaded("user", "disable", "王芳")
    line = loaded("user", "list").out
    assert [word for word in ("王芳", "金海湾社区", "disabled") if word not in line] == []


def test_a_closed_account_opens_again(loaded):
    loaded("user", "add", "王芳", "--role", "planner")
    loaded("user", "disable", "王芳")
    loaded("user", "enable", "王芳")
    assert "disabled" not in loaded("user", "list").out


@pytest.mark.parametrize("what", ["disable", "enable", "password"])
def test_an_account_that_isn_t_there_is_said(loaded, what):
    answer = loaded("user", what, "nobody")
    assert (answer.code, answer.err) == (2, "gridmap: There is no account nobody.\n")


def test_what_was_done_to_accounts_is_written_down(loaded, database):
    loaded("user", "add", "王芳", "--role", "planner")
    loaded("user", "password", "王芳")
    with database.connect() as connection:
        query = "SELECT action FROM gridmap.audit_log WHERE subject = '王芳' ORDER BY id"
        assert list(connection.scalars(text(query))) == ["account added", "password changed"]


def test_a_certificate_is_made_for_the_names_given(gridmap):
    answer = gridmap("tls", "self-signed", "--name", "gridmap.office", "--name", "10.2.3.4")
    assert answer.code == 0
    assert "Certificate for gridmap.office, 10.2.3.4" in answer.out


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "gridmap.office"])
def test_others_are_not_served_without_tls_unless_told_so(gridmap, host):
    answer = gridmap("serve", "--host", host)
    assert (answer.code, "--without-tls" in answer.err) == (2, True)


def test_half_a_certificate_is_refused(gridmap, monkeypatch):
    monkeypatch.setenv("GRIDMAP_TLS_KEY", "/nowhere")
    answer = gridmap("serve")
    assert (answer.code, "go together" in answer.err) == (2, True)


def test_a_certificate_that_isn_t_there_is_refused(gridmap, monkeypatch):
    monkeypatch.setenv("GRIDMAP_TLS_KEY", "/nowhere")
    monkeypatch.setenv("GRIDMAP_TLS_CERTIFICATE", "/nowhere")
    assert gridmap("serve").code == 2


def test_a_proxy_that_is_none_is_refused(gridmap, monkeypatch):
    monkeypatch.setenv("GRIDMAP_TRUSTED_PROXIES", "proxy.example")
    assert gridmap("serve").code == 2
