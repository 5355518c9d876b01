"""A certificate of one's own for an office network: made for this machine's names, trusted by hand on each phone."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gridmap.domain.errors import InputError, UnavailableError
from gridmap.services.settings import TLS_FOLDER

AUTHORITY, CERTIFICATE, KEY = "authority.crt", "server.crt", "server.key"
LASTS = timedelta(days=820)
"""Apple's devices refuse certificates that last longer than 825 days."""


@dataclass(frozen=True)
class Made:
    """What was made: the file that phones install, the server's two, the names, the fingerprint, the last day."""

    authority: Path
    certificate: Path
    key: Path
    names: tuple[str, ...]
    fingerprint: str
    until: datetime


def own_names() -> tuple[str, ...]:
    """The names and addresses under which others on the network know this machine; the loopback's are among them."""
    host = socket.gethostname()
    found = [host, socket.getfqdn()]
    with suppress(socket.gaierror):  # a host name that nobody resolves is still its name
        found += [str(item[4][0]) for item in socket.getaddrinfo(host, None)]
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((far, 9))  # sends nothing: the system only chooses the address it would send from
                found.append(str(probe.getsockname()[0]))
            except OSError:
                continue
    names = [name.split("%")[0].lower() for name in (*found, "localhost", "127.0.0.1", "::1")]
    return tuple(dict.fromkeys(name for name in names if name))


def self_signed(home: Path, names: Sequence[str], *, now: datetime | None = None) -> Made:
    """Make a certificate for these names, and the authority that signs it and that phones come to trust.

    The authority may vouch for these names alone, and its key is thrown away once it has signed: whoever trusts it
    trusts this one server. Making it again means trusting it again.

    Parameters
    ----------
    home
        The program's folder; the files go into `tls` below it.
    names
        Host names and addresses.
    now
        The first moment of their life (UTC); the present by default.

    Raises
    ------
    InputError
        A name is none.
    UnavailableError
        The folder can't be written.
    """
    listed = [_general_name(name) for name in names]
    begin = (now or datetime.now(UTC)) - timedelta(hours=1)
    until = begin + LASTS
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"gridmap {names[0]}"[:64])])
    authority = (
        _builder(issuer, issuer, authority_key.public_key(), begin, until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints([_subtree(name) for name in listed], None), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    certificate = (
        _builder(subject, issuer, key.public_key(), begin, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(listed), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    files = [home / TLS_FOLDER / name for name in (AUTHORITY, CERTIFICATE, KEY)]
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = certificate.public_bytes(pem) + authority.public_bytes(pem)
    _write(files, [authority.public_bytes(pem), chain, secret])
    shown = ":".join(f"{byte:02X}" for byte in authority.fingerprint(hashes.SHA256()))
    return Made(files[0], files[1], files[2], tuple(names), shown, until)


def _general_name(name: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        plain = name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        plain = ""
    if not plain:
        raise InputError("{name} is neither a host name nor an address.", name=repr(name[:80]))
    return x509.DNSName(plain)


def _subtree(name: x509.DNSName | x509.IPAddress) -> x509.GeneralName:
    return x509.IPAddress(ipaddress.ip_network(name.value)) if isinstance(name, x509.IPAddress) else name


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, begin: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(files: list[Path], contents: list[bytes]) -> None:
    """Each file whole or not at all, for this user's eyes only."""
    try:
        files[0].parent.mkdir(parents=True, exist_ok=True)
        for file, content in zip(files, contents, strict=True):
            part = file.with_name(file.name + ".part")
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                target.write(content)
            part.replace(file)
    except OSError as error:
        raise UnavailableError(
            "The folder {folder} can't be written: {reason}", folder=files[0].parent, reason=error.strerror
        ) from error


def check_files(certificate: Path, key: Path) -> None:
    """Refuse a certificate and a key that can't be used, before the server starts.

    Raises
    ------
    InputError
        One of the files can't be read, is none, is out of date, or the two don't belong together.
    """
    try:
        shown = x509.load_pem_x509_certificate(certificate.read_bytes())
        secret = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except OSError as error:
        raise InputError("{file} can't be read: {reason}", file=error.filename, reason=error.strerror) from error
    except (ValueError, TypeError) as error:
        raise InputError(
            "{certificate} and {key} aren't a certificate and its key without a password, both in PEM form.",
            certificate=certificate,
            key=key,
        ) from error
    if shown.public_key() != secret.public_key():
        raise InputError(
            "The key {key} doesn't belong to the certificate {certificate}.", key=key, certificate=certificate
        )
    if shown.not_valid_after_utc < datetime.now(UTC):
        raise InputError(
            "The certificate {certificate} ended on {day}; `gridmap tls self-signed` makes a new one.",
            certificate=certificate,
            day=f"{shown.not_valid_after_utc:%Y-%m-%d}",
        )
