"""A Slurm cluster that is a file, for tests in Python.

    with SlurmStandin(binary) as slurm:
        slurm.add_job(1, name="train", state="FAILED", exit_status=256,
                      submit=1000, start=1001, end=1002)
        slurm.set_fault("sacct", preset="dbd_down")
        subprocess.run(["squeue", "-t", "all"], env=slurm.env())
        assert len(slurm.calls("squeue")) == 1

Fields of jobs and faults: README.md. A value of bytes may hold any. A job is
known by its raw id; further runs of it for sacct -D are added with add_run().
Each change is seen at once, and whole, by commands that start after it.
"""

import base64
import contextlib
import json
import os
import pathlib
import shutil
import tempfile

COMMANDS = ("squeue", "sacct", "scontrol", "sinfo")


class SlurmStandin:
    """Owns a directory with the commands (bin/) and the cluster (state/)."""

    def __init__(self, binary, directory=None, **cluster):
        """cluster: version, partitions, accounting, ... of the state."""
        self._owned = directory is None
        self.directory = pathlib.Path(
            directory or tempfile.mkdtemp(prefix="slurm_standin."))
        self.bin_dir = self.directory / "bin"
        self.state_dir = self.directory / "state"
        self.bin_dir.mkdir(parents=True)
        self.state_dir.mkdir()
        for command in COMMANDS:
            (self.bin_dir / command).symlink_to(
                pathlib.Path(binary).resolve())
        self._cluster = {"partitions": ["batch"], **cluster}
        self._jobs = {}
        self._runs = []
        self._generate = []
        self._faults = {}
        self._batching = False
        self._save()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._owned:
            shutil.rmtree(self.directory)

    def env(self, **more):
        """An environment in which the commands are the stand-in's."""
        return {
            **os.environ,
            "PATH": f"{self.bin_dir}:{os.environ.get('PATH', '')}",
            "STANDIN_SLURM_STATE": str(self.state_dir),
            **more,
        }

    @contextlib.contextmanager
    def batch(self):
        """The changes in the block are seen all at once, at its end."""
        self._batching = True
        try:
            yield
        finally:
            self._batching = False
            self._save()

    def set_cluster(self, **fields):
        self._cluster.update(fields)
        self._save()

    def share_slurmdbd(self, *others):
        """Commands of this cluster reach the others with -M, by the name that each was
        given (cluster=...)."""
        self.set_cluster(
            clusters={other._cluster["cluster"]: str(other.state_dir) for other in others})

    def add_job(self, raw_id, **fields):
        if raw_id in self._jobs:
            raise ValueError(f"there is a job {raw_id}")
        self._jobs[raw_id] = {"raw_id": raw_id, **fields}
        self._save()

    def update_job(self, raw_id, **fields):
        self._jobs[raw_id].update(fields)
        self._save()

    def job(self, raw_id):
        """The fields that it was given so far."""
        return dict(self._jobs[raw_id])

    def add_run(self, raw_id, **fields):
        """An earlier run of a job, which only sacct -D shows."""
        self._runs.append({"raw_id": raw_id, "in_queue": False, **fields})
        self._save()

    def purge_job(self, raw_id):
        """slurmctld forgets the job, as MinJobAge after its end."""
        self.update_job(raw_id, in_queue=False)

    def remove_job(self, raw_id):
        del self._jobs[raw_id]
        self._save()

    def generate_jobs(self, count, first_id, **fields):
        """That many jobs, alike but for the id."""
        self._generate.append({"count": count, "first_id": first_id, **fields})
        self._save()

    def set_fault(self, command, **fault):
        """The command goes wrong in this way, and in no other."""
        self._faults[command] = [fault]
        self._save()

    def add_fault(self, command, **fault):
        """One more, for calls that those before do not match."""
        self._faults.setdefault(command, []).append(fault)
        self._save()

    def clear_faults(self):
        self._faults.clear()
        self._save()

    def calls(self, command=None):
        """The calls so far, oldest first: time, pid, command, argv, env."""
        try:
            lines = (self.state_dir / "calls.jsonl").read_text().splitlines()
        except FileNotFoundError:
            return []
        calls = [json.loads(line) for line in lines]
        return [c for c in calls if command in (None, c["command"])]

    def clear_calls(self):
        (self.state_dir / "calls.jsonl").unlink(missing_ok=True)

    def _save(self):
        if self._batching:
            return
        state = {
            **self._cluster,
            "jobs": [*self._runs, *self._jobs.values()],
            "generate": self._generate,
            "faults": self._faults,
        }
        new = self.state_dir / "state.json.new"
        new.write_text(json.dumps(_encoded(state)))
        new.replace(self.state_dir / "state.json")


def _encoded(value):
    """Bytes under KEY as base64 under KEY_b64."""
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for key, item in value.items():
        if isinstance(item, bytes):
            result[f"{key}_b64"] = base64.b64encode(item).decode()
        else:
            result[key] = _encoded(item)
    return result
