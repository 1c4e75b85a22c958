import os
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from bench.cli.main import run_command
from bench.deploy.storage import keys
from bench.protocol.errors import BundleError, UsageError


@pytest.fixture
def pair(tmp_path):
    private, public = tmp_path / "a.key", tmp_path / "a.pub"
    keys.new_pair(private, public)
    return private, public


def test_what_the_private_key_signs_the_public_one_verifies(pair):
    signature = keys.sign(b"message", keys.private_key(pair[0]))
    assert len(signature) == keys.SIGNATURE_BYTES
    assert keys.is_signed_by(signature, b"message") == keys.public_key(pair[1])


def test_no_other_message_and_no_changed_signature_is_verified(pair):
    signature = keys.sign(b"message", keys.private_key(pair[0]))
    assert keys.is_signed_by(signature, b"massage") is None
    for place in range(len(signature)):
        for bit in range(8):
            changed = bytearray(signature)
            changed[place] ^= 1 << bit
            assert keys.is_signed_by(bytes(changed), b"message") is None
    assert keys.is_signed_by(signature[:-1], b"message") is None


def test_the_private_key_is_its_owners_alone(pair):
    assert stat.S_IMODE(pair[0].stat().st_mode) == 0o600


def test_a_key_is_never_written_over(pair):
    with pytest.raises(UsageError, match="never written over"):
        keys.new_pair(*pair)


def test_the_wrong_one_of_two_keys_is_named(pair, tmp_path):
    with pytest.raises(BundleError, match="is a public key"):
        keys.private_key(pair[1])
    with pytest.raises(BundleError, match="is a private key"):
        keys.public_key(pair[0])
    (tmp_path / "b.pub").write_text("nonsense")
    with pytest.raises(BundleError, match="no Ed25519 public key"):
        keys.public_key(tmp_path / "b.pub")
    with pytest.raises(BundleError, match=r"no such file.*a\.pub"):
        keys.public_key(tmp_path / "aa.pub")


def test_a_key_with_a_password_and_one_of_openssh_are_called_that(tmp_path):
    own = Ed25519PrivateKey.generate()
    path = tmp_path / "a.key"
    for form, lock, words in (
        (PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"), "with a password, which is not"),
        (PrivateFormat.OpenSSH, NoEncryption(), "a key of OpenSSH"),
    ):
        path.write_bytes(own.private_bytes(Encoding.PEM, form, lock))
        with pytest.raises(BundleError, match=words):
            keys.private_key(path)


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_a_private_key_that_others_can_read_is_told(pair):
    assert keys.exposed(pair[0]) == ""
    pair[0].chmod(0o644)
    assert "mode 644" in keys.exposed(pair[0])
    said = []
    keys.private_key(pair[0], said.append)
    assert said == [keys.exposed(pair[0])]


def test_the_command_says_what_the_files_are_for(tmp_path, capsys):
    assert run_command(["keys", "new", str(tmp_path / "me")]) == 0
    out = capsys.readouterr().out
    assert "me.key: the private key" in out
    assert run_command(["keys", "new", str(tmp_path / "me.key" / "me")]) == 2
    assert "cannot be written" in capsys.readouterr().err
