"""The container images: built, started as an operator does, next to attrsvc and Slurm."""

import ctypes
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from testing.cluster.slurm_cluster import SlurmCluster
from testing.package.debian_machine import debian_base, skip
from testing.package.make_package import make_package
from testing.package.private_network import enter_private_network
from testing.service import AttrsvcStandin, http
from testing.waiting import wait_for

_CLONE_NEWNS = 0x00020000
_MS_REC_PRIVATE = 0x4000 | (1 << 18)
_HYBRID_CGROUP = "/sys/fs/cgroup/unified"
_HTTP = "http://127.0.0.1:8100"

# Debian's archive cannot be reached, which is not the image's fault.
_NO_NETWORK = re.compile("Temporary failure resolving|Could not (resolve|connect)|Unable to fetch")


def leave_hybrid_cgroups():
    """crun knows the old cgroups or the new ones, not both: hides the new ones, from this
    test and what it starts. Raises OSError where that is not allowed."""
    if not os.path.exists(_HYBRID_CGROUP):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    for result in (
        libc.unshare(_CLONE_NEWNS),
        libc.mount(b"none", b"/", None, ctypes.c_ulong(_MS_REC_PRIVATE), None),
        libc.umount2(_HYBRID_CGROUP.encode(), 0),
    ):
        if result != 0:
            raise OSError(ctypes.get_errno(), "cannot hide " + _HYBRID_CGROUP)


class ImageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="smon-image-", dir="/var/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.env = {**os.environ, "BUILDAH_ISOLATION": "chroot", "CONTAINERS_STORAGE_CONF": cls.write_storage_conf()}
        cls.build()
        try:
            leave_hybrid_cgroups()
            enter_private_network()  # the containers have the ports of real ones
        except OSError as error:
            skip("this test wants namespaces of its own: %s" % error)
        cls.attrsvc = cls.enterClassContext(AttrsvcStandin("--analysis_ms=100"))
        cls.slurm = cls.enterClassContext(SlurmCluster(nodes=2, min_job_age=300, rest=1))
        os.chmod(cls.slurm.state_dir, 0o755)  # for the container's user
        cls.job = cls.slurm.sbatch(
            "--output=%s/%%j.out" % cls.slurm.state_dir, script="#!/bin/sh\necho NCCL WARN bad; exit 3\n"
        )
        cls.slurm.wait_until_ended(cls.job)

    @classmethod
    def write_storage_conf(cls):
        path = os.path.join(cls.folder, "storage.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write('[storage]\ndriver = "vfs"\n')
            file.write('graphroot = "%s/images"\nrunroot = "%s/run"\n' % (cls.folder, cls.folder))
        return path

    @classmethod
    def build(cls):
        base = debian_base("image.tar")
        package = make_package(cls.folder)
        for name, options in (
            ("test:rest", ["--base=" + base]),
            ("test:slurm", ["--slurm", "--base=localhost/smonsvc-base:bookworm"]),  # what the first one made
        ):
            command = ["tools/image", "--deb=" + package, "--output=" + cls.folder]
            done = subprocess.run(
                [*command, "--name=" + name, *options],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                env=cls.env,
            )
            if done.returncode != 0 and _NO_NETWORK.search(done.stdout):
                skip("Debian's archive cannot be reached:\n" + done.stdout[-2000:])
            assert done.returncode == 0, done.stdout

    @classmethod
    def try_podman(cls, *args):
        return subprocess.run(
            ["podman", "--cgroup-manager=cgroupfs", "--events-backend=none", "--runtime=crun", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env=cls.env,
            timeout=120,
        )

    def podman(self, *args):
        done = self.try_podman(*args)
        self.assertEqual(done.returncode, 0, "podman %s:\n%s" % (" ".join(args), done.stdout))
        return done.stdout

    def run_container(self, image, *args):
        """As deploy/compose.yaml has it, with a volume of its own."""
        store = tempfile.mkdtemp(prefix="store-", dir=self.folder)
        os.chown(store, 8101, 8101)
        # podman would raise these, and not everybody may.
        limits = ["--ulimit=%s=1024:1024" % name for name in ("nofile", "nproc")]
        self.podman(
            "run", "--detach", "--name=smonsvc", "--network=host", "--cgroups=disabled", *limits,
            "--read-only", "--read-only-tmpfs=false", "--cap-drop=all", "--security-opt=no-new-privileges",
            "--volume=%s:/var/lib/smonsvc" % store, "--env=NVRX_ATTRSVC_URL=" + self.attrsvc.url,
            "--env=NVRX_SMONSVC_PARTITIONS=batch", *args, "localhost/" + image,
        )  # fmt: skip
        self.addCleanup(self.try_podman, "rm", "--force", "smonsvc")

    def jobs(self):
        try:
            return {job["jobId"]: job for job in json.loads(http(_HTTP + "/v1/jobs")[1])["jobs"]}
        except OSError:
            return {}

    def assert_verdict(self):
        wait_for(
            lambda: self.jobs().get(self.job, {}).get("delivery", {}).get("phase") == "COMPLETED",
            30,
            lambda: "the verdict: %s\n%s" % (self.jobs(), self.try_podman("logs", "smonsvc").stdout[-4000:]),
        )

    def assert_is_confined(self):
        (shown,) = json.loads(self.podman("inspect", "smonsvc"))
        pid = shown["State"]["Pid"]
        with open("/proc/%d/status" % pid, encoding="utf-8") as file:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        self.assertEqual(status["Uid"].split(), ["8101"] * 4)
        self.assertEqual(int(status["CapEff"], 16), 0)
        self.assertEqual(status["NoNewPrivs"], "1")
        done = self.try_podman("exec", "smonsvc", "touch", "/etc/smonsvc-was-here")
        self.assertNotEqual(done.returncode, 0, "the root file system is read-only")

    def assert_stops_in_time(self):
        begin = time.monotonic()
        self.podman("stop", "--time=30", "smonsvc")
        self.assertLess(time.monotonic() - begin, 25, "it heeds SIGTERM")
        (shown,) = json.loads(self.podman("inspect", "smonsvc"))
        self.assertEqual(shown["State"]["ExitCode"], 0)

    def test_with_slurms_commands_a_verdict_appears_and_outlives_the_container(self):
        conf = os.path.join(self.folder, "slurm.conf")
        with open(self.slurm.env["SLURM_CONF"], encoding="utf-8") as file:
            text = file.read().replace(self.slurm.state_dir, "/srv/slurm")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(text)
        self.run_container(
            "test:slurm",
            "--volume=%s:/srv/slurm:ro" % self.slurm.state_dir,
            "--volume=%s:/etc/slurm/slurm.conf:ro" % conf,
        )
        self.assert_verdict()
        self.assert_is_confined()
        self.assertRegex(
            self.podman("exec", "smonsvc", "smonctl", "jobs"), r"(?m)^%s .* COMPLETED +\w+" % self.job
        )
        self.podman("healthcheck", "run", "smonsvc")
        self.assert_stops_in_time()
        sent = len(self.attrsvc.requests("POST"))
        self.podman("start", "smonsvc")
        self.assert_verdict()
        self.assertEqual(len(self.attrsvc.requests("POST")), sent, "the volume knows that it was sent")
        self.assert_stops_in_time()

    def test_without_slurms_commands_a_verdict_appears_by_slurmrestd(self):
        token = os.path.join(self.folder, "jwt")
        with open(token, "w", encoding="utf-8") as file:
            file.write(self.slurm.token(600).strip().split("=", 1)[1])
        os.chown(token, 8101, 8101)
        os.chmod(token, 0o400)
        self.run_container(
            "test:rest",
            "--volume=%s:/run/secrets/jwt:ro" % token,
            "--env=NVRX_SMONSVC_SLURM_SOURCE=rest",
            "--env=NVRX_SMONSVC_SLURMRESTD_URL=" + self.slurm.rest_url,
            "--env=NVRX_SMONSVC_SLURM_USER=root",
            "--env=NVRX_SMONSVC_SLURM_JWT_FILE=/run/secrets/jwt",
        )
        self.assert_verdict()
        self.assertNotEqual(self.try_podman("exec", "smonsvc", "which", "squeue").returncode, 0)
        self.assert_stops_in_time()

    def test_the_image_says_what_it_is_and_the_bill_of_materials_what_is_in_it(self):
        (image,) = json.loads(self.podman("image", "inspect", "localhost/test:slurm"))
        self.assertEqual(image["Config"]["StopSignal"], "SIGTERM")
        self.assertEqual(image["Config"]["User"], "8101:8101")
        self.assertEqual(list(image["Config"]["Volumes"]), ["/var/lib/smonsvc"])
        self.assertEqual(image["Labels"]["org.opencontainers.image.title"], "smonsvc")
        self.assertRegex(image["Labels"]["org.opencontainers.image.version"], r"^\d+\.\d+\.\d+-1$")
        with open(os.path.join(self.folder, "test_slurm.cdx.json"), encoding="utf-8") as file:
            names = {component["name"] for component in json.load(file)["components"]}
        self.assertLessEqual({"smonsvc", "slurm-client", "libgrpc29", "libc6"}, names)
        with open(os.path.join(self.folder, "test_rest.cdx.json"), encoding="utf-8") as file:
            names = {component["name"] for component in json.load(file)["components"]}
        self.assertNotIn("slurm-client", names)


if __name__ == "__main__":
    unittest.main()
