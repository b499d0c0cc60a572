"""Makes the Debian package from the programs of a test."""

import os
import subprocess

from testing.service import program


def make_package(folder):
    """Runs tools/deb on the programs of this test; returns the package's path."""
    subprocess.run(
        [
            os.path.abspath("tools/deb"),
            "--output=" + folder,
            "--smonsvc=" + program("//server:smonsvc"),
            "--smonctl=" + program("//client:smonctl"),
            "--migrate_store=" + program("//client:smonsvc-migrate-store"),
            "--manual=" + os.path.abspath("client/smonctl.1"),
        ],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    (name,) = [name for name in os.listdir(folder) if name.startswith("smonsvc_")]
    return os.path.join(folder, name)
