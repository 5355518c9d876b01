"""The certificate that gridmap makes: a client that trusts the authority gets through, for these names only."""

from __future__ import annotations

import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_connection, create_server

import pytest
from cryptography import x509

from gridmap.domain.errors import InputError, UnavailableError
from gridmap.services.tls import check_files, own_names, self_signed


def _handshake(made, name: str, authority: Path) -> str:
    """The name on the certificate that a client gets who asks for `name` and trusts `authority`."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made.certificate, made.key)
    with create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            try:
                server.wrap_socket(connection, server_side=True).close()
            except (ssl.SSLError, ConnectionError):
                connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            client = ssl.create_default_context(cafile=str(authority))
            with (
                create_connection(listening.getsockname()) as plain,
                client.wrap_socket(plain, server_hostname=name) as safe,
            ):
                return str(dict(item[0] for item in safe.getpeercert()["subject"])["commonName"])
        finally:
            thread.join()


@pytest.mark.parametrize("name", ["gridmap.office", "10.2.3.4", "fd00::7"])
def test_who_trusts_the_authority_reaches_every_name(tmp_path, name):
    made = self_signed(tmp_path, ["gridmap.office", "10.2.3.4", "fd00::7"])
    assert _handshake(made, name, made.authority) == "gridmap.office"


def test_no_other_name(tmp_path):
    made = self_signed(tmp_path, ["gridmap.office"])
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(made, "bank.example", made.authority)


def test_whoever_trusts_an_earlier_authority_has_to_trust_the_new_one(tmp_path):
    earlier = self_signed(tmp_path / "a", ["gridmap.office"])
    made = self_signed(tmp_path / "b", ["gridmap.office"])
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(made, "gridmap.office", earlier.authority)


def test_the_key_is_for_our_eyes_only(tmp_path):
    assert self_signed(tmp_path, ["gridmap.office"]).key.stat().st_mode & 0o077 == 0


def test_the_authority_s_own_key_is_kept_nowhere(tmp_path):
    self_signed(tmp_path, ["gridmap.office"])
    files = sorted(path.name for path in (tmp_path / "tls").iterdir())
    assert files == ["authority.crt", "server.crt", "server.key"]


def test_phones_accept_how_long_it_lasts(tmp_path):
    made = self_signed(tmp_path, ["gridmap.office"])
    shown = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    assert shown.not_valid_after_utc - shown.not_valid_before_utc <= timedelta(days=825)


def test_a_chinese_host_name_is_a_name(tmp_path):
    made = self_signed(tmp_path, ["网格.office"])
    shown = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["xn--0xvs72c.office"]


@pytest.mark.parametrize("name", ["", "a" * 80, "a..b"])
def test_what_is_no_name_is_refused(tmp_path, name):
    with pytest.raises(InputError):
        self_signed(tmp_path, [name])


def test_a_folder_that_can_t_be_written_is_said(tmp_path):
    (tmp_path / "home").write_text("a file")
    with pytest.raises(UnavailableError, match="can't be written"):
        self_signed(tmp_path / "home", ["gridmap.office"])


def test_this_machine_s_names_hold_the_loopback_s():
    assert {"localhost", "127.0.0.1", "::1"} <= set(own_names())


def test_a_good_pair_passes(tmp_path):
    made = self_signed(tmp_path, ["gridmap.office"])
    check_files(made.certificate, made.key)


def test_a_key_of_another_certificate_is_refused(tmp_path):
    one, other = (self_signed(tmp_path / name, ["gridmap.office"]) for name in "ab")
    with pytest.raises(InputError, match="doesn't belong"):
        check_files(one.certificate, other.key)


def test_a_certificate_out_of_date_is_refused(tmp_path):
    made = self_signed(tmp_path, ["gridmap.office"], now=datetime.now(UTC) - timedelta(days=1000))
    with pytest.raises(InputError, match="ended on"):
        check_files(made.certificate, made.key)


@pytest.mark.parametrize("content", [None, "", "nonsense"])
def test_what_is_no_certificate_is_refused(tmp_path, content):
    made = self_signed(tmp_path, ["gridmap.office"])
    wrong = tmp_path / "wrong.crt"
    if content is not None:
        wrong.write_text(content)
    with pytest.raises(InputError):
        check_files(wrong, made.key)
