"""What is in deploy/ for containers: Kubernetes, compose, bill of materials."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

from testing.pki import Authority
from testing.python_tools import python_tool
from testing.service import program

_KUBERNETES = "deploy/kubernetes.yaml"
_OPERATIONS = "docs/OPERATIONS.md"
_SERVICE_MONITORS = "testing/package/testdata/servicemonitors.yaml"
_SECRETS = "/run/secrets/smonsvc"

_PRINT_AS_JSON = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin))))"

# Exit status 1 and the reason where the resource on standard input is none that the
# CustomResourceDefinition in the file describes, or has a field that it does not know.
_CHECK_RESOURCE = """
import json, sys, jsonschema, yaml
def without_others(schema):
    if isinstance(schema, dict):
        if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            without_others(value)
    return schema
with open(sys.argv[1]) as file:
    definition = yaml.safe_load(file)["spec"]
resource = json.load(sys.stdin)
(schema,) = [
    version["schema"]["openAPIV3Schema"] for version in definition["versions"]
    if definition["group"] + "/" + version["name"] == resource["apiVersion"] and version["served"]]
assert resource["kind"] == definition["names"]["kind"], resource["kind"]
jsonschema.Draft202012Validator(without_others(schema)).validate(resource)
"""

# Exit status 1 and the reason where standard input is no CycloneDX 1.5.
_CHECK_BILL = """
import json, pathlib, sys
import cyclonedx.schema, jsonschema, referencing
folder = pathlib.Path(cyclonedx.schema.__file__).parent / "_res"
registry = referencing.Registry()
for path in folder.glob("*.schema.json"):
    schema = json.loads(path.read_text())
    registry = registry.with_resource(
        schema["$id"], referencing.Resource.from_contents(schema))
schema = json.loads((folder / "bom-1.5.SNAPSHOT.schema.json").read_text())
jsonschema.validators.validator_for(schema)(schema, registry=registry).validate(json.load(sys.stdin))
"""


def run(*command, stdin="", env=None):
    return subprocess.run(
        command,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, **(env or {})},
        timeout=60,
    )


class ManifestsTest(unittest.TestCase):
    def assert_ok(self, done):
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def documents(self):
        with open(_KUBERNETES, encoding="utf-8") as file:
            text = file.read()
        done = run(python_tool("python"), "-c", _PRINT_AS_JSON, stdin=text)
        return {document["kind"]: document for document in json.loads(self.assert_ok(done))}

    def test_kubernetes_knows_every_field(self):
        kinds = set(self.documents()) - {"ServiceMonitor"}  # Prometheus Operator's
        for version in ("1.29.0", "1.37.0"):
            with self.subTest(version=version):
                done = run(python_tool("kubernetes-validate"), "--strict", "-k", version, _KUBERNETES)
                passed = self.assert_ok(done).count(" passed for resource ")
                self.assertEqual(passed, len(kinds), done.stdout)

    def test_the_service_monitor_is_one_of_prometheus_operator(self):
        monitor = self.documents()["ServiceMonitor"]

        def check():
            command = (python_tool("python"), "-c", _CHECK_RESOURCE, _SERVICE_MONITORS)
            return run(*command, stdin=json.dumps(monitor))

        self.assert_ok(check())
        (endpoint,) = monitor["spec"]["endpoints"]
        service = self.documents()["Service"]
        self.assertIn(endpoint["port"], [port["name"] for port in service["spec"]["ports"]])
        self.assertEqual(monitor["spec"]["selector"]["matchLabels"], service["metadata"]["labels"])
        endpoint["bearer"] = "x"  # no such field
        self.assertIn("'bearer' was unexpected", check().stdout)
        del endpoint["bearer"]
        endpoint["interval"] = "often"
        self.assertIn("does not match", check().stdout)

    def test_the_secret_of_the_manual_holds_all_that_is_asked_of_it(self):
        with open(_OPERATIONS, encoding="utf-8") as file:
            (command,) = re.findall(r"kubectl create secret generic smonsvc((?:.*\\\n)*.*)\n", file.read())
        keys = re.findall(r"--from-file=(\S+)", command)
        with open(_KUBERNETES, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(sorted(re.findall(r"--from-file=(\S+)", text)), sorted(keys))
        documents = self.documents()
        asked = set(re.findall(_SECRETS + r"/([\w.]+)", json.dumps(documents["ConfigMap"])))
        (endpoint,) = documents["ServiceMonitor"]["spec"]["endpoints"]
        for reference in (endpoint["authorization"]["credentials"], endpoint["tlsConfig"]["ca"]["secret"]):
            self.assertEqual(reference["name"], "smonsvc")
            asked.add(reference["key"])
        self.assertEqual(asked, set(keys))
        # As kubectl makes it.
        secret = {
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": {"name": "smonsvc"},
            "data": {key: "eA==" for key in keys},
        }  # fmt: skip
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(secret, file)
            file.flush()
            self.assert_ok(run(python_tool("kubernetes-validate"), "--strict", file.name))

    def test_the_pod_is_one_that_a_restricted_namespace_takes(self):
        spec = self.documents()["Deployment"]["spec"]
        pod = spec["template"]["spec"]
        (container,) = pod["containers"]
        self.assertEqual(spec["strategy"], {"type": "Recreate"}, "two must not have the store open")
        self.assertTrue(pod["securityContext"]["runAsNonRoot"])
        self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
        self.assertEqual(
            container["securityContext"],
            {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
        )

    def test_the_ports_the_probes_and_the_user_fit_the_image(self):
        documents = self.documents()
        pod = documents["Deployment"]["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        settings = documents["ConfigMap"]["data"]
        self.assertEqual(str(ports["https"]), settings["NVRX_SMONSVC_PORT"])
        self.assertEqual("0.0.0.0:%d" % ports["grpc"], settings["NVRX_SMONSVC_GRPC_ADDRESS"])
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            self.assertEqual(container[probe]["httpGet"]["port"], "https", probe)
        for port in documents["Service"]["spec"]["ports"]:
            self.assertEqual(port["port"], ports[port["targetPort"]])
        with open("deploy/Containerfile", encoding="utf-8") as file:
            self.assertIn("\nUSER %(runAsUser)d:%(runAsGroup)d\n" % pod["securityContext"], file.read())

    def test_smonsvc_takes_the_settings_of_the_config_map(self):
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(folder)
            certificate, key = authority.issue("server", "smonsvc")
            files = {"tls.crt": certificate, "tls.key": key}
            secrets = {"tokens": "oncall:write:sha256:%s\n" % ("0" * 64), "slurm.jwt": "a.b.c\n"}
            for name, text in secrets.items():
                files[name] = os.path.join(folder, name)
                with open(files[name], "w", encoding="utf-8") as file:
                    file.write(text)
                os.chmod(files[name], 0o600)
            settings = self.documents()["ConfigMap"]["data"]
            for name, path in files.items():
                settings = {k: path if v == _SECRETS + "/" + name else v for k, v in settings.items()}
            self.assertNotIn(_SECRETS, json.dumps(settings))
            self.assert_ok(run(program("//server:smonsvc"), "--check_config", env=settings))

    def test_compose_reads_its_file(self):
        command = (python_tool("podman-compose"), "-f", "deploy/compose.yaml", "config")
        env = {"ATTRSVC_IMAGE": "example/attrsvc"}
        self.assertIn("image: example/attrsvc", self.assert_ok(run(*command, env=env)))
        services = self.assert_ok(run(*command, "--services", env=env))
        self.assertEqual(sorted(services.split()), ["attrsvc", "smonsvc"])
        self.assertNotEqual(run(*command).returncode, 0, "attrsvc's image has to be named")

    def test_the_bill_of_materials_is_cyclonedx_and_holds_what_is_installed(self):
        listed = (
            "installed\tlibc6:amd64\t2.36-9+deb12u14\tamd64\tglibc\n"
            "config-files\tgone\t1\tall\tgone\n"
            "installed\tadduser\t3.134\tall\tadduser\n"
        )
        bill = self.assert_ok(run(sys.executable, "deploy/bill_of_materials.py", "smonsvc:1", "1", stdin=listed))
        self.assert_ok(run(python_tool("python"), "-c", _CHECK_BILL, stdin=bill))
        self.assertEqual(
            [component["purl"] for component in json.loads(bill)["components"]],
            [
                "pkg:deb/debian/adduser@3.134?arch=all&distro=debian-12",
                "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64&distro=debian-12",
            ],
        )

    def test_a_bill_of_nothing_is_an_error(self):
        done = run(sys.executable, "deploy/bill_of_materials.py", "smonsvc:1", "1")
        self.assertEqual((done.returncode, done.stdout), (1, "bill_of_materials.py: no package is listed\n"))


if __name__ == "__main__":
    unittest.main()
