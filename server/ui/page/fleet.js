// The clusters that are watched and the smonsvc that do so, where there are several.

import { byId, el, foreign, replace } from "./dom.js";
import { number, time } from "./format.js";
import { statusBadge } from "./service.js";

// As many as one can look at; the others are found by the filter.
const MOST_CLUSTERS = 200;

function count(cluster, name) {
  return el("td", {}, cluster.jobs ? number(cluster.jobs[name]) : "–");
}

function clusterRow(cluster, replicas) {
  const link = el("a", { href: "?on=" + encodeURIComponent(cluster.name) }, foreign(cluster.name, 40));
  link.dataset.cluster = cluster.name;
  const poller = replicas.get(cluster.pollerReplicaId);
  return el("tr", { class: cluster.status === "DEGRADED" ? "is-bad" : null },
    el("th", { scope: "row" }, link, cluster.isDefault ? el("span", { class: "quiet" }, " default") : null),
    el("td", {}, statusBadge(cluster.status)),
    el("td", { class: "time" }, time(cluster.lastPollTime)),
    count(cluster, "live"),
    count(cluster, "ended"),
    count(cluster, "failed"),
    el("td", {}, poller ? foreign(poller.name, 60) : el("span", { class: "quiet" }, "nobody")));
}

function replicaRow(replica, self) {
  const polls = replica.polledClusters;
  return el("tr", {},
    el("th", { scope: "row" }, foreign(replica.name, 60),
      replica.replicaId === self ? el("span", { class: "quiet" }, " answers") : null),
    el("td", {}, el("span", { class: "badge " + (polls.length ? "good" : "open") }, polls.length ? "POLLER" : "STANDBY")),
    el("td", { class: "why" }, foreign(polls.join(", "), 300)),
    el("td", {}, foreign(replica.version, 40)),
    el("td", { class: "time" }, time(replica.lastSeenTime)));
}

/** Shows what ListClusters and ListReplicas answered; onCluster(name) when one is picked. */
export function showFleet({ clusters }, { replicas, replicaId }, onCluster) {
  const known = new Map(replicas.map((replica) => [replica.replicaId, replica]));
  const fleet = clusters.length > 1;
  // Then a job's cluster, and a part's, is told with it.
  document.body.classList.toggle("fleet", fleet);
  byId("clusters-card").hidden = !fleet;
  byId("replicas-card").hidden = replicas.length < 2;
  const body = byId("clusters").tBodies[0];
  replace(body, ...clusters.slice(0, MOST_CLUSTERS).map((cluster) => clusterRow(cluster, known)));
  body.onclick = (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    onCluster(link.dataset.cluster);
  };
  replace(byId("replicas").tBodies[0], ...replicas.map((replica) => replicaRow(replica, replicaId)));
  offerClusters(clusters.map(({ name }) => name));
}

// What the filter can choose from; what it has chosen stays.
function offerClusters(names) {
  const select = byId("filter").elements.cluster;
  const chosen = select.value;
  const wanted = ["", ...names];
  if (chosen && !wanted.includes(chosen)) wanted.push(chosen);
  const shown = Array.from(select.options, (option) => option.value);
  if (JSON.stringify(shown) !== JSON.stringify(wanted)) {
    select.replaceChildren(...wanted.map((name) => new Option(name ? name.slice(0, 40) : "any", name)));
    select.value = chosen;
  }
  byId("filter-cluster").hidden = names.length < 2 && !chosen;
}
