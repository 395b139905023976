"""The files of deploy/ for containers: their settings are valid, and what they say of each other is true."""

from __future__ import annotations

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it has no types
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.program import Pinger
from tests.support.task_pages import report
from tests.support.task_server import Server, says

from py_pinger.channels import KINDS
from py_pinger.config import Settings, load

DEPLOY = Path(__file__).parents[1] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
SETTINGS = "/etc/py-pinger"
DATA = "/var/lib/py-pinger"


def documents(file: Path) -> dict[str, Any]:
    """Return the objects of a manifest by their kind."""
    return {each["kind"]: each for each in yaml.safe_load_all(file.read_text("utf-8"))}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """Return the objects of Py Pinger's manifest."""
    return documents(KUBERNETES / "py-pinger.yaml")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Return the services of the compose file."""
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text("utf-8"))[
        "services"
    ]
    return services


def settings_in_kubernetes(manifest: dict[str, Any], folder: Path) -> Settings:
    """Return the settings of the ConfigMap."""
    file = folder / "pinger.ini"
    file.write_text(manifest["ConfigMap"]["data"]["pinger.ini"], "utf-8")
    return load(file, {}, KINDS)


def test_compose_uses_its_database(compose: dict[str, Any]) -> None:
    """Py Pinger writes to the server, user and database that the other container makes, after it is ready."""
    settings = load(DEPLOY / "compose" / "settings" / "pinger.ini", {"DB_PASSWORD": "planted"}, KINDS)
    given = compose["postgresql"]["environment"]
    user, name = given["POSTGRES_USER"], given["POSTGRES_DB"]
    assert settings.main.database == f"postgresql+psycopg://{user}:planted@postgresql/{name}"
    assert compose["pinger"]["environment"]["DB_PASSWORD"] == given["POSTGRES_PASSWORD"]
    assert compose["pinger"]["depends_on"]["postgresql"]["condition"] == "service_healthy"


def test_compose_puts_nginx_in_front(compose: dict[str, Any]) -> None:
    """The site is the one for a machine, in Py Pinger's network: only nginx's port is open."""
    assert compose["nginx"]["network_mode"] == "service:pinger"
    assert compose["pinger"]["ports"] == ["80:80"]
    (site,) = compose["nginx"]["volumes"]
    assert (DEPLOY / "compose" / site.split(":")[0]).resolve() == DEPLOY / "nginx-py-pinger.conf"


def test_compose_mounts_what_is_used(compose: dict[str, Any]) -> None:
    """The settings are read where their folder is, and the log is written to the volume."""
    volumes = dict(volume.split(":", 1) for volume in compose["pinger"]["volumes"])
    assert volumes == {"./settings": f"{SETTINGS}:ro", "pinger": DATA}
    assert compose["pinger"]["command"] == ["run", "--config", f"{SETTINGS}/pinger.ini"]


NODES = {"node-a": "a", "node-b": "b", "node-c": "c"}


@pytest.fixture(scope="module")
def cluster() -> dict[str, Any]:
    """Return the compose file of three nodes."""
    file: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose-cluster.yaml").read_text("utf-8"))
    return file


@pytest.mark.parametrize("service", NODES)
def test_each_node_has_a_name(cluster: dict[str, Any], service: str) -> None:
    """The nodes differ by their names alone; they use the database that the other container creates."""
    node, given = cluster["services"][service], cluster["services"]["postgresql"]["environment"]
    assert node == {**cluster["services"]["node-a"], "environment": node["environment"]}
    assert node["environment"]["NODE"] == NODES[service]
    assert node["environment"]["DB_PASSWORD"] == given["POSTGRES_PASSWORD"]
    environ = {"NODE": NODES[service], "DB_PASSWORD": "planted"}
    main = load(DEPLOY / "compose" / "cluster" / "pinger.ini", environ, KINDS).main
    database = f"postgresql+psycopg://{given['POSTGRES_USER']}:planted@postgresql/{given['POSTGRES_DB']}"
    assert (main.node, main.database) == (NODES[service], database)
    assert node["command"] == ["run", "--config", f"{SETTINGS}/pinger.ini"]
    assert node["volumes"] == [f"./cluster:{SETTINGS}:ro"]


def test_nginx_leads_to_all_nodes(cluster: dict[str, Any]) -> None:
    """The site names each node, and nginx has the one address that the nodes trust."""
    site = (DEPLOY / "compose" / "cluster" / "nginx.conf").read_text("utf-8")
    assert set(re.findall(r"server (node-\w+):3002 ", site)) == set(NODES)
    assert set(cluster["services"]["nginx"]["depends_on"]) == set(NODES)
    address = cluster["services"]["nginx"]["networks"]["default"]["ipv4_address"]
    environ = {"NODE": "a", "DB_PASSWORD": "planted"}
    main = load(DEPLOY / "compose" / "cluster" / "pinger.ini", environ, KINDS).main
    assert (main.host, main.trusted_proxies) == ("0.0.0.0", (ip_network(address),))  # noqa: S104 - nothing is bound


def test_kubernetes_has_one_writer(manifest: dict[str, Any]) -> None:
    """The old Py Pinger is gone before the new one starts, and has the time that a stop takes."""
    spec = manifest["Deployment"]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] >= 10


def test_kubernetes_finds_everything(manifest: dict[str, Any], tmp_path: Path) -> None:
    """Settings, volumes, ports and labels of the objects fit each other."""
    main = settings_in_kubernetes(manifest, tmp_path).main
    pod = manifest["Deployment"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
    volumes = {each["name"]: each for each in pod["spec"]["volumes"]}
    assert container["args"] == ["run", "--config", f"{SETTINGS}/pinger.ini"]
    assert volumes[mounts[SETTINGS]]["configMap"]["name"] == manifest["ConfigMap"]["metadata"]["name"]
    claim = manifest["PersistentVolumeClaim"]["metadata"]["name"]
    assert volumes[mounts[DATA]]["persistentVolumeClaim"]["claimName"] == claim
    assert (main.database, str(main.log)) == (f"sqlite:///{DATA}/pinger.db", f"{DATA}/pinger.log")
    (port,) = container["ports"]
    assert (main.host, main.port) == ("0.0.0.0", port["containerPort"])  # noqa: S104 - the pod's own network
    assert manifest["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]
    assert manifest["Service"]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()


def test_nodes_in_kubernetes(manifest: dict[str, Any], tmp_path: Path) -> None:
    """Each pod is a node by its own name; all else is as in the manifest of a single process."""
    nodes = documents(KUBERNETES / "cluster.yaml")
    pod, single = (
        each["spec"]["template"]["spec"] for each in (nodes["StatefulSet"], manifest["Deployment"])
    )
    (container,), (alone,) = pod["containers"], single["containers"]
    (node,) = container["env"]
    assert node == {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    same = ("name", "image", "args", "ports", "startupProbe", "livenessProbe", "readinessProbe")
    assert [container[key] for key in same] == [alone[key] for key in same]
    assert container["securityContext"] == alone["securityContext"]
    assert pod["securityContext"] == single["securityContext"]
    file = tmp_path / "pinger.ini"
    file.write_text(nodes["ConfigMap"]["data"]["pinger.ini"], "utf-8")
    main = load(file, {"NODE": "py-pinger-0", "DB_PASSWORD": "planted"}, KINDS).main
    assert (main.node, main.database) == (
        "py-pinger-0",
        "postgresql+psycopg://pinger:planted@postgresql/pinger",
    )
    assert nodes["StatefulSet"]["spec"]["serviceName"] == "py-pinger-nodes"


def test_the_ingress_leads_to_the_service(manifest: dict[str, Any]) -> None:
    """Requests go to the port that the service names."""
    ingress = documents(KUBERNETES / "ingress.yaml")["Ingress"]
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] == manifest["Service"]["metadata"]["name"]
    assert backend["port"]["name"] == manifest["Service"]["spec"]["ports"][0]["name"]


def test_containers_have_no_privilege(manifest: dict[str, Any], compose: dict[str, Any]) -> None:
    """Py Pinger runs as a user, on a file system that it cannot write to, and without capabilities."""
    (container,) = manifest["Deployment"]["spec"]["template"]["spec"]["containers"]
    context = container["securityContext"]
    assert context["capabilities"]["drop"] == compose["pinger"]["cap_drop"] == ["ALL"]
    assert context["readOnlyRootFilesystem"]
    assert compose["pinger"]["read_only"]
    assert manifest["Deployment"]["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"]


def test_a_changed_config_map_is_applied(tmp_path: Path) -> None:
    """The folder of a ConfigMap is exchanged by a link: its change is noticed like that of a file."""
    folder = tmp_path / "settings"
    with Server() as tasks:
        tasks.behaviours["/first"] = tasks.behaviours["/second"] = says(report())
        database = f"sqlite:///{tmp_path}/pinger.db"
        versions = {
            name: watching(*urls, database=database, log=tmp_path / "pinger.log")
            for name, urls in {
                "..1": [tasks.url("/first")],
                "..2": [tasks.url("/first"), tasks.url("/second")],
            }.items()
        }
        for name, sections in versions.items():
            (folder / name).mkdir(parents=True)
            write_ini(folder / name, sections)
        (folder / "..data").symlink_to("..1")
        (folder / "pinger.ini").symlink_to("..data/pinger.ini")
        with Pinger(tmp_path, "run", "--config", str(folder / "pinger.ini")) as pinger:
            (folder / "..new").symlink_to("..2")
            os.replace(folder / "..new", folder / "..data")  # noqa: PTH105 - as Kubernetes does it
            eventually(lambda: len(pinger.get("/").json["data"]) == 2, "the change")
