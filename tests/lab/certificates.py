"""The lab's certificates: an authority, good ones, and those that must be refused."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID_FOR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where the PEM files are; a server's file holds its chain and its key."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The certificate that the device is told to trust."""
        return self.folder / "authority.pem"

    @property
    def good(self) -> Path:
        """For the bank's name."""
        return self.folder / "good.pem"

    @property
    def wrong_host(self) -> Path:
        """Of the same authority, for another name."""
        return self.folder / "wrong_host.pem"

    @property
    def expired(self) -> Path:
        """Of the same authority, for the bank's name, and a day too old."""
        return self.folder / "expired.pem"

    @property
    def foreign(self) -> Path:
        """For the bank's name, of an authority that nobody trusts."""
        return self.folder / "foreign.pem"

    @property
    def control(self) -> Path:
        """For the control's name."""
        return self.folder / "control.pem"


@dataclass(frozen=True, slots=True)
class _Authority:
    name: x509.Name
    key: ec.EllipticCurvePrivateKey


def make_certificates(folder: Path, host: str, control_host: str) -> Certificates:
    """Write an authority and its server certificates into `folder`, and those to be refused."""
    certificates = Certificates(folder)
    own = _Authority(_name("walletwatch lab authority"), ec.generate_private_key(ec.SECP256R1()))
    certificates.authority.write_bytes(_self_signed(own))
    _write_server(certificates.good, host, own)
    _write_server(certificates.control, control_host, own)
    _write_server(certificates.wrong_host, "somebody-else.example", own)
    _write_server(certificates.expired, host, own, begin_days=-4)
    stranger = _Authority(_name("somebody in between"), ec.generate_private_key(ec.SECP256R1()))
    _write_server(certificates.foreign, host, stranger)
    return certificates


def _self_signed(authority: _Authority) -> bytes:
    name, key = authority.name, authority.key
    certificate = (
        _builder(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_server(path: Path, host: str, issuer: _Authority, begin_days: int = -1) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public_key = key.public_key()
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    certificate = (
        _builder(_name(host), issuer.name, public_key, begin_days)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(issuer_id, critical=False)
        .sign(issuer.key, hashes.SHA256())
    )
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    path.chmod(0o600)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begin_days: int = -1
) -> x509.CertificateBuilder:
    begin = datetime.now(UTC) + timedelta(days=begin_days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + VALID_FOR)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
