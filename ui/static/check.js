/* check.js - the check box of the first page and the check page: what is handed in is checked in this browser and shown
 * step by step. Without a script, or without https, the same forms hand it to the node. */

import { Finding } from "./strict-json.js";
import { ability } from "./signatures.js";
import { policyOf } from "./formats.js";
import { checkBundle, checkEntry } from "./check-bundle.js";

const FILE_MAX = 1048576;
const CHINA_S = 8 * 3600;
const SHAPES = { held: "seal-ok", failed: "seal-no", unknown: "seal-wait", unchecked: "slash" };
const BANNERS = { good: ["good", "seal-ok"], withdrawn: ["withdrawn", "alert"], bad: ["bad", "seal-no"],
  unchecked: ["withdrawn", "slash"], listed: ["plain", "seal-ok"] };

const at = (id) => document.getElementById(id);
const box = at("checked"), fileForm = at("file-form"), numberForm = at("number-form");
const { icons, lang } = box.dataset;

/* ---- words of the catalogues ----------------------------------------------------------------- */

const words = new Map([...at("words").content.querySelectorAll("[data-word]")].map((one) =>
  [`${one.parentElement.dataset.words}.${one.dataset.word}`, one.textContent]));
const number = new Intl.NumberFormat(lang);
const TIME_MAX = 8e12; /* what Date can carry, in seconds */
const shownTime = (time) => (time > TIME_MAX ? String(time) :
  new Date((time + CHINA_S) * 1000).toISOString().slice(0, 16).replace("T", " "));
const inWords = (value) => (typeof value === "number" ? number.format(value) : String(value ?? ""));
const say = (key, values = {}) =>
  (words.get(key) ?? key).replace(/\{(\w+)\}/g, (_, name) => inWords(values[name]));

/* What a finding means, in a sentence. */
function sentence(why, values, state) {
  if (why === "rests")
    return say(state === "unchecked" ? "fault.rests_unchecked" : "fault.rests", { step: say(`step.${values.step}`) });
  return (values.part > 1 ? say("fault.in_part", values) : "") + say(`fault.${why}`, values);
}

/* ---- drawing --------------------------------------------------------------------------------- */

const setIcon = (svg, name) => svg.querySelector("use").setAttribute("href", `${icons}#${name}`);
const stateText = (state) => say(words.has(`state.${state}`) ? `state.${state}` : `browser.state_${state}`);

function shownValue({ value, form }) {
  if (form === "time")
    return value === null ? say("browser.open_end") : shownTime(value);
  return form === "number" ? number.format(value) : String(value);
}

function drawStep(step) {
  const row = at("step-form").content.firstElementChild.cloneNode(true), icon = row.querySelector("svg");
  const state = stateText(step.state), list = row.querySelector("dl");
  row.className = step.state;
  row.dataset.step = step.step;
  setIcon(icon, SHAPES[step.state]);
  row.querySelector("b").textContent = say(`step.${step.step}`);
  row.querySelector(".state").textContent = state;
  row.querySelector(".tell").textContent = step.why ? sentence(step.why, step.values, step.state) :
    say(`found.${step.step}`, step.values);
  row.querySelector(".compared p").textContent = say(`step_means.${step.step}`);
  row.querySelector("details").open = step.state === "failed";
  for (const one of step.shown) {
    const name = document.createElement("dt"), value = document.createElement("dd");
    name.textContent = say(`shown.${one.label}`);
    value.textContent = shownValue(one);
    value.classList.toggle("bytes", one.form === "bytes");
    list.append(name, value);
  }
  list.hidden = step.shown.length === 0;
  return row;
}

function drawFacts(result, isEntry) {
  at("checked-kind").textContent = say(`kind.${result.kind}`);
  at("checked-name").textContent = result.number ?? result.id.replace("urn:uuid:", "").slice(0, 8);
  at("checked-issuer").textContent = result.name ?? result.issuer;
  at("checked-issuer").classList.toggle("did", !result.name);
  at("checked-origin").textContent = result.origin;
  at("checked-as-of").textContent = shownTime(result.asOf);
  at("checked-as-of-name").textContent = say(isEntry ? "browser.entry_as_of" : "check.as_of");
  at("checked-as-of-means").textContent = say(isEntry ? "browser.entry_as_of_means" : "check.as_of_means");
}

function verdictWords({ verdict, steps }, isEntry) {
  const failed = steps.filter((step) => step.state === "failed").map((step) => say(`step.${step.step}`));
  const all = failed.join(lang === "en" ? ", " : "、");
  if (verdict === "bad")
    return [say("verdict.bad"), [say(isEntry ? "browser.bad_listed_means" : "verdict_means.bad"),
      failed.length > 0 ? say("browser.bad_at", { steps: all }) : ""].join(lang === "en" ? " " : "")];
  if (verdict === "unchecked" || verdict === "listed")
    return [say(`browser.${verdict}`), say(`browser.${verdict}_means`)];
  return [say(`verdict.${verdict}`), say(`verdict_means.${verdict}`)];
}

/* Puts a result on the page. `source` says where it came from: { file } or { page }. */
function draw(result, source) {
  const isEntry = !result.digest; /* only its receipt was there to check */
  const [title, means] = verdictWords(result, isEntry);
  const [look, shape] = BANNERS[result.verdict], banner = box.querySelector(".verdict");
  banner.className = `verdict ${look}`;
  box.dataset.verdict = result.verdict;
  setIcon(banner.querySelector("svg"), shape);
  at("checked-verdict").textContent = title;
  at("checked-means").textContent = means;
  at("checked-where").textContent = say(source.page ? "browser.fetched_means" : "browser.here_means");
  at("checked-unproven").hidden = result.verdict !== "bad";
  drawFacts(result, isEntry);
  box.querySelector(".steps").replaceChildren(...result.steps.map(drawStep));
  at("ask-node").hidden = Boolean(source.page);
  at("ask-node").classList.toggle("plain", result.verdict !== "unchecked");
  at("notice-old").hidden = true; /* the result says it, step by step */
  at("checked-page").hidden = !source.page;
  at("checked-page").href = source.page ?? "";
  at("checked-file").textContent = source.file ? `${source.file.name} · ${number.format(source.file.size)} B` : "";
  at("by-node")?.remove();
  box.hidden = false;
  at("checked-said").textContent = say("browser.done", { verdict: title });
  at("checked-verdict").focus();
  box.scrollIntoView({ block: "start" });
}

function drawProblem(title, text) {
  const notice = at("notice-problem");
  box.hidden = true;
  notice.querySelector("strong").textContent = title;
  notice.querySelector("span").textContent = text;
  notice.hidden = false;
  at("checked-said").textContent = "";
}

/* ---- whom it trusts -------------------------------------------------------------------------- */

let trust = null; /* { policy, name } */

class Unreachable extends Error {}

async function fetched(address, accept = "*/*") {
  const answer = await fetch(address, { headers: { Accept: accept } }).catch(() => { throw new Unreachable(address); });
  return { ok: answer.ok, status: answer.status, url: answer.url, bytes: new Uint8Array(await answer.arrayBuffer()) };
}

async function trustNode() {
  const { ok, bytes } = await fetched("/trust.policy");
  if (!ok)
    throw new Unreachable("/trust.policy");
  useTrust(await policyOf(bytes), bytes, say("browser.trust_node"), true);
}

/* Names of the witnesses below a member. */
const namesOf = (policy, { vkey, members }) =>
  (vkey ? [vkey.name] : members.flatMap((i) => namesOf(policy, policy.members[i])));

function quorumText(policy) {
  const member = policy.members[policy.quorum];
  return member ? say("browser.trust_any", { names: namesOf(policy, member).join(", "), count: member.need ?? 1 }) :
    say("browser.trust_none");
}

function useTrust(policy, bytes, name, ofNode) {
  trust = { policy, name };
  if (!at("trust"))
    return;
  at("trust-name").textContent = name;
  at("trust-logs").textContent = [...new Set(policy.logs.map((log) => log.name))].join(", ");
  const witnesses = policy.members.filter((one) => one.vkey).map((one) => one.vkey.name);
  at("trust-witnesses").textContent = witnesses.join(", ") || "–";
  at("trust-quorum").textContent = quorumText(policy);
  at("trust-text").textContent = new TextDecoder().decode(bytes);
  at("trust-problem").textContent = "";
  at("trust-reset").hidden = ofNode;
  at("trust").hidden = false;
}

async function chooseTrust(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    useTrust(await policyOf(bytes), bytes, file.name, false);
  } catch (problem) {
    if (!(problem instanceof Finding))
      throw problem;
    at("trust").hidden = false;
    at("trust-problem").textContent = `${say("browser.trust_bad")} ${sentence(problem.why, problem.values)}`;
  }
}

/* ---- checking -------------------------------------------------------------------------------- */

/* Runs a check; what goes wrong on the way is told beside the forms. */
async function attempt(work) {
  at("notice-problem").hidden = true;
  at("checked-said").textContent = say("browser.working");
  try {
    if (!trust)
      await trustNode();
    await work();
  } catch (problem) {
    if (problem instanceof Finding)
      drawProblem(say("browser.not_read"), `${sentence(problem.why, problem.values)} ${say("browser.not_read_do")}`);
    else if (problem instanceof Unreachable)
      drawProblem(say("browser.no_network"), say("browser.no_network_do"));
    else {
      drawProblem(say("browser.broken"), say("browser.broken_do"));
      throw problem;
    }
  }
}

const now = () => Math.floor(Date.now() / 1000);

async function checkFile(file, can) {
  if (file.size > FILE_MAX)
    throw new Finding("too_large");
  draw(await checkBundle(new Uint8Array(await file.arrayBuffer()), trust.policy, now(), can), { file });
}

/* The report's bundle when anyone may read it, else the proof that its receipt is in the log. */
async function checkNumber(typed, can) {
  const found = await fetched(`/check?number=${encodeURIComponent(typed)}`, "application/json");
  if (!found.ok) {
    numberForm.submit(); /* the node says what to do */
    return;
  }
  const page = new URL(found.url).pathname.replace(/\.json$/, "");
  const bundle = await fetched(`${page}/bundle`);
  const proof = bundle.ok ? null : await fetched(`${page}/proof`);
  if (bundle.ok)
    draw(await checkBundle(bundle.bytes, trust.policy, now(), can), { page });
  else if (proof.ok)
    draw({ ...await checkEntry(proof.bytes, trust.policy, now(), can), number: typed }, { page });
  else
    location.assign(page);
}

function listen(can) {
  fileForm.addEventListener("submit", (event) => {
    const [file] = at("file").files;
    if (!file || event.submitter?.matches("[data-node]"))
      return;
    event.preventDefault();
    attempt(() => checkFile(file, can));
  });
  numberForm.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => checkNumber(at("number").value.trim(), can));
  });
  at("trust-file")?.addEventListener("change", (event) => event.target.files[0] && chooseTrust(event.target.files[0]));
  at("trust-reset")?.addEventListener("click", async () => {
    await attempt(trustNode);
    at("checked-said").textContent = "";
  });
  for (const form of ["file", "number"])
    if (at(`${form}-help`))
      at(`${form}-help`).textContent = say(`browser.${form}_help`);
}

const can = await ability();
if (can === "none") {
  at("notice-insecure").hidden = false;
} else {
  at("notice-old").hidden = can === "ed25519";
  listen(can);
  if (at("trust"))
    trustNode().catch(() => { /* asked for again, and told of, when something is checked */
      at("trust").hidden = false;
      at("trust-problem").textContent = say("browser.no_network");
    });
}
