"""Certificates and tokens for tests, made with the commands of docs/SECURITY.md."""

import hashlib
import os
import subprocess


def write_file(path, text, mode=0o600):
    """Replaces a file in one step."""
    fresh = path + ".new"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    os.rename(fresh, path)


def read_file(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def token_line(name, role, token):
    return "%s:%s:sha256:%s\n" % (name, role, hashlib.sha256(token.encode()).hexdigest())


class Authority:
    """Signs certificates. Its own is `ca`.

    Args:
      folder: where the files go, NAME.pem and NAME.key.
    """

    def __init__(self, folder, name="ca"):
        self.folder = folder
        self.ca = self._path(name, "pem")
        self._key = self._path(name, "key")
        self._openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "2", "-subj", "/CN=" + name, "-keyout", self._key, "-out", self.ca,
        )  # fmt: skip

    def _path(self, name, kind):
        return os.path.join(self.folder, "%s.%s" % (name, kind))

    def _openssl(self, *args):
        subprocess.run(["openssl", *args], check=True, capture_output=True, cwd=self.folder)

    def issue(self, name, common_name, san="DNS:localhost,IP:127.0.0.1"):
        """(certificate, key): paths of a new pair."""
        pem, key, csr = (self._path(name, kind) for kind in ("pem", "key", "csr"))
        self._openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
            "/CN=" + common_name, "-addext", "subjectAltName=" + san, "-keyout", key, "-out", csr,
        )  # fmt: skip
        self._openssl(
            "x509", "-req", "-in", csr, "-CA", self.ca, "-CAkey", self._key, "-CAcreateserial",
            "-days", "2", "-copy_extensions", "copy", "-out", pem,
        )  # fmt: skip
        return pem, key
