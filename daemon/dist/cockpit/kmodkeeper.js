"use strict";
// Shows what the daemon publishes. Nothing is between this page and its socket but Cockpit's stream channel.
const _ = cockpit.gettext;
const SOCKET = "/run/kmodkeeper/org.kmodkeeper";
const UNIT = "kmodkeeper.service";
const RETRY_INTERVAL = 2000;
const LOG_LINES = 30;
const known = { status: null, answers: [] };
let opened = null; // whose evidence is shown
const id = name => document.getElementById(name);
const run = async (argv, superuser) => await cockpit.spawn(argv, { superuser, err: "message" });
const date = text => text ? new Date(text).toLocaleString(document.documentElement.lang) : "";

/** el("td", { role: "gridcell" }, child…): an element. */
function el(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
}

/** Writes only what differs, so that what did not change is not laid out again. */
const put = (element, text) => { if (element.textContent !== text) element.textContent = text };

/** Calls a method. With onReply it is called with more: each reply goes there, and the promise ends with the connection. */
function varlink(method, parameters = {}, { superuser, onReply } = {}) {
    const channel = cockpit.channel({ payload: "stream", unix: SOCKET, binary: true, superuser });
    const decoder = new TextDecoder();
    let begun = "";
    return new Promise((resolve, reject) => {
        channel.addEventListener("message", (_event, bytes) => {
            const messages = (begun + decoder.decode(bytes, { stream: true })).split("\0");
            begun = messages.pop();
            for (const reply of messages.map(message => JSON.parse(message))) {
                if (reply.error) reject(reply);
                else if (reply.continues) onReply(reply.parameters);
                else resolve(reply.parameters);
                if (!reply.continues) channel.close();
            }
        });
        channel.addEventListener("close", (_event, options) => reject({ problem: options.problem || "disconnected" }));
        const call = { method: "org.kmodkeeper." + method, parameters, more: Boolean(onReply) };
        channel.send(new TextEncoder().encode(JSON.stringify(call) + "\0"));
    });
}

/** The error in words: the daemon's own, or Cockpit's. */
function words(error) {
    if (!error.error) return cockpit.message(error);
    const meaning = error.error.endsWith(".PermissionDenied") &&
        _("Only root and the configured group may do this. Turn on administrative access.");
    const answer = cockpit.format(_("The daemon answered: $0"), error.error);
    return [meaning, answer, ...Object.values(error.parameters ?? {}).flat()].filter(Boolean).join(" ");
}

/** Has a button do something; where that is refused, says so in that place. */
function onClick(button, trouble, action) {
    button.addEventListener("click", async () => {
        if (button.hasAttribute("aria-disabled")) return;
        button.setAttribute("aria-disabled", "true");
        put(trouble, "");
        await action().catch(error => put(trouble, button.textContent + ": " + words(error)));
        button.removeAttribute("aria-disabled");
    });
}

/** A table of kernels and drivers in a place; it is built again only if it has other kernels or drivers. */
class Grid {
    constructor(place, label, empty) {
        Object.assign(this, { place, label, empty, shape: null, cells: new Map() });
        place.addEventListener("keydown", event => this.move(event));
    }

    show(kernels, activities) {
        const drivers = [...new Set(kernels.flatMap(kernel => kernel.drivers.map(driver => driver.driver)))]
                .sort((one, other) => one.localeCompare(other, undefined, { numeric: true }));
        const shape = JSON.stringify([kernels.map(kernel => kernel.release), drivers]);
        if (shape !== this.shape) this.build(kernels, drivers);
        this.shape = shape;
        for (const kernel of kernels) {
            put(this.cells.get(kernel.release), [
                kernel.running && _("running"), kernel.nextBoot && _("boots next"), kernel.bootable === false && _("not bootable"),
            ].filter(Boolean).join(" · "));
            for (const driver of kernel.drivers)
                this.fill(this.cells.get(kernel.release + "\n" + driver.driver), driver,
                          activities.find(one => one.kernel === kernel.release && one.driver === driver.driver));
        }
    }

    build(kernels, drivers) {
        this.cells.clear();
        const heads = [_("Kernel"), ...drivers].map(name => el("th", { role: "columnheader", scope: "col" }, name));
        const rows = kernels.map(kernel => {
            const tags = el("small", {});
            this.cells.set(kernel.release, tags);
            return el("tr", { role: "row" }, el("th", { role: "rowheader", scope: "row" }, kernel.release, tags),
                      ...drivers.map(name => this.cell(kernel, name)));
        });
        this.place.replaceChildren(kernels.length
            ? el("table", { role: "grid", "aria-label": this.label },
                 el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...heads)),
                 el("tbody", { role: "rowgroup" }, ...rows))
            : el("p", {}, this.empty));
        this.place.querySelector("button")?.setAttribute("tabindex", "0");
    }

    cell(kernel, name) {
        if (!kernel.drivers.some(driver => driver.driver === name)) return el("td", { role: "gridcell" }, "–");
        const button = el("button", { type: "button", tabindex: "-1" },
                          el("span", { class: "driver" }, name), el("b", {}), el("small", {}));
        button.addEventListener("click", () => open(kernel.release, name, this === offered));
        button.addEventListener("focus", () => { this.place.querySelector('[tabindex="0"]').tabIndex = -1; button.tabIndex = 0 });
        this.cells.set(kernel.release + "\n" + name, button);
        return el("td", { role: "gridcell" }, button);
    }

    fill(button, { verdict, version, required, detail }, activity) {
        const tone = { ready: "ready", building: "building", excluded: "neutral", "not-set-up": "neutral" }[verdict] ?? "bad";
        put(button.children[1], verdict);
        put(button.children[2], activity?.doing ?? activity?.remedy ??
            [version, required ? null : _("optional")].filter(Boolean).join(" · "));
        if (button.className !== tone) button.className = tone;
        if (button.title !== detail) button.title = detail;
    }

    /** The arrow keys go from cell to cell; the whole table is one stop of the Tab key. */
    move(event) {
        const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
        const cell = event.target.closest("td");
        if (!step || !cell) return;
        cell.closest("tbody").rows[cell.parentNode.sectionRowIndex + step[0]]
                ?.cells[cell.cellIndex + step[1]]?.querySelector("button")?.focus();
        event.preventDefault();
    }
}

const installed = new Grid(id("kernels"), _("Drivers on installed kernels"), _("No kernel is installed."));
const offered = new Grid(id("offered"), _("Drivers on offered kernels"), _("No preflight has answered yet."));

function show() {
    const { kernels, activities, busy } = known.status;
    const bad = kernels.filter(kernel => !kernel.bootable).length;
    put(id("summary"), [
        bad ? cockpit.format(_("Not bootable: $0 of $1 kernels."), bad, kernels.length)
            : cockpit.format(_("All kernels are bootable: $0."), kernels.length),
        busy && _("Work is in progress."),
    ].filter(Boolean).join(" "));
    id("host").hidden = false;
    installed.show(kernels, activities);
    showWork();
    if (!opened) return;
    const now = kernels.find(one => one.release === opened.kernel)?.drivers.find(one => one.driver === opened.driver)?.verdict;
    if (opened.verdict && now !== opened.verdict) explain();
    opened.verdict = now;
}

function showWork() {
    const lines = (known.status?.activities ?? []).map(({ remedy, driver, kernel, since, doing }) => {
        const seconds = Math.max(0, Math.floor((Date.now() - new Date(since)) / 1000));
        const took = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
        return [cockpit.format(_("$0: $1 for $2"), remedy, driver, kernel), took, doing].filter(Boolean).join(" · ");
    });
    if (!lines.length) lines.push(_("Nothing is running."));
    const list = id("work").children;
    while (list.length > lines.length) list[list.length - 1].remove();
    while (list.length < lines.length) id("work").append(el("li", {}));
    lines.forEach((line, index) => put(list[index], line));
}

function showBoot({ guard, kernel, once, heldFor, heldSince, lack, trouble }) {
    const usual = kernel ?? _("unknown");
    put(id("next"), once ? cockpit.format(_("$0, once; then $1"), once, usual) : usual);
    put(id("hold"), heldFor ? cockpit.format(_("until $0 is bootable, since $1"), heldFor, date(heldSince))
                            : guard ? cockpit.format(_("none (guard: $0)"), guard) : _("unknown"));
    id("release").classList.toggle("absent", !heldFor);
    put(id("boot-trouble"), [lack, trouble].filter(Boolean).join(" "));
}

function showAnswers() {
    const releases = [...new Set(known.answers.map(answer => answer.kernel))].reverse();
    offered.show(releases.map(release => ({ release, drivers: known.answers.filter(answer => answer.kernel === release) })), []);
}

/** Watch sends neither the next boot nor the answers: they are asked for after each change, one call at a time. */
async function ask() {
    ask.again = true;
    if (ask.asking) return;
    ask.asking = true;
    while (ask.again) {
        ask.again = false;
        await Promise.all([
            varlink("NextBoot").then(({ nextBoot }) => showBoot(nextBoot), error => { showBoot({}); throw error }),
            varlink("Preflight").then(({ answers }) => { known.answers = answers; showAnswers() }),
        ]).catch(error => error.error && put(id("trouble"), words(error)));
    }
    ask.asking = false;
}

function facts(...pairs) {
    return el("dl", {}, ...pairs.filter(([, value]) => ![undefined, null, "", false].includes(value) && value.length !== 0)
            .flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, [value].flat().filter(Boolean).join(", ") || "0")]));
}

function moduleFacts({ name, resolution, trouble, settings, resolved, fit, initramfs }) {
    return [el("h3", {}, cockpit.format(_("Module $0"), name)), facts(
        [_("modprobe finds"), resolved?.path ?? resolution], [_("Trouble"), trouble], [_("Settings"), settings],
        [_("Version"), resolved?.version], [_("vermagic"), resolved?.vermagic], [_("Proof of its version"), resolved?.provenance],
        [_("Symbols compared"), fit?.compared], [_("Symbols that differ"), fit?.symbolTroubles],
        [_("Missing dependencies"), fit?.missingDependencies], [_("Signature"), fit && [fit.signature, fit.signer]],
        [_("Initramfs"), initramfs && [initramfs.match, initramfs.image, initramfs.detail]])];
}

function lines(title, text) {
    return [el("h3", {}, title), el("pre", { tabindex: "0", role: "region", "aria-label": title }, text || _("nothing"))];
}

async function evidence({ kernel, driver, answer }) {
    const history = varlink("History", { kernel, driver, limit: LOG_LINES });
    const found = answer ? {} : (await varlink("Explain", { kernel, driver })).explanations[0];
    const state = answer || found.driver;
    const journal = (await history).entries.map(entry => date(entry.time) + "  " + entry.text).join("\n");
    const log = state.log && await run(["tail", "-n", String(LOG_LINES), "--", state.log], "try").catch(words);
    return [
        facts([_("Verdict"), state.verdict], [_("Why"), state.detail], [_("What to do"), state.advice],
              [_("Version"), state.version], [_("Next attempt"), date(state.retryAt)], [_("Answered"), date(state.at)],
              [_("Found out by"), state.depth], [_("Required by"), found.requiredBy], [_("Source"), found.source],
              [_("Supply"), found.supply], [_("From the store"), found.stored], [_("Excluded by"), found.excluded],
              [_("Remedies"), found.remedies], [_("Kernel headers"), found.headers], [_("Missing tools"), found.missingTools],
              [_("Signatures enforced by"), found.signaturesEnforcedBy]),
        ...(found.modules ?? []).flatMap(moduleFacts), ...lines(_("Journal"), journal),
        ...(state.log ? lines(cockpit.format(_("End of $0"), state.log), log) : []),
    ];
}

async function explain() {
    const asked = opened;
    await evidence(asked).then(shown => asked === opened && id("evidence-body").replaceChildren(...shown))
            .catch(error => asked === opened && put(id("evidence-trouble"), words(error)));
}

function open(kernel, driver, isOffered) {
    opened = { kernel, driver, answer: isOffered && known.answers.find(one => one.kernel === kernel && one.driver === driver) };
    put(id("evidence-title"), cockpit.format(_("$0 on $1"), driver, kernel));
    put(id("evidence-trouble"), "");
    id("evidence-body").replaceChildren(_("Reading the evidence…"));
    id("rebuild").hidden = isOffered;
    id("evidence").showModal();
    id("evidence-title").focus();
    explain();
}

id("evidence").addEventListener("close", () => { opened = null });

// "try" has administrative access where that is on, and else leaves it to the daemon to refuse.
onClick(id("rebuild"), id("evidence-trouble"),
        () => varlink("Rebuild", { kernel: opened.kernel, driver: opened.driver }, { superuser: "try" }));
onClick(id("release"), id("trouble"), () => varlink("Release", {}, { superuser: "try" }).then(ask));
onClick(id("start"), id("trouble"), () => run(["systemctl", "start", "kmodkeeper.socket", UNIT], "require"));
// From 10 on, the exit status is an answer: a driver will not be ready.
onClick(id("preflight"), id("trouble"), () => run(["kmodkeeper", "preflight"], "require")
        .catch(error => { if (!(error.exit_status >= 10)) throw error })
        .then(ask));

/** The colours that Cockpit's shell has. */
function theme(style = localStorage.getItem("shell:style") ?? "auto") {
    const dark = style === "dark" || (style === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    for (const name of ["dark", "pf-theme-dark", "pf-v5-theme-dark", "pf-v6-theme-dark"])
        document.documentElement.classList.toggle(name, dark);
}
addEventListener("storage", event => event.key === "shell:style" && theme());
addEventListener("cockpit-style", event => theme(event.detail.style));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme());
theme();

/** Watches for as long as the daemon runs. It is not called before it does: its socket would start it. */
async function watch() {
    const runs = () => run(["systemctl", "is-active", UNIT]).then(() => true, () => false);
    for (;;) {
        id("down").hidden = await runs();
        if (id("down").hidden) {
            put(id("trouble"), "");
            await varlink("Watch", {}, { onReply: ({ status }) => { known.status = status; show(); ask() } })
                    .catch(error => error.error && put(id("trouble"), words(error)));
            id("host").hidden = true; // what was ready then is not known to be so now
            put(id("summary"), "");
            showBoot({});
            id("down").hidden = await runs();
        }
        await new Promise(resolve => setTimeout(resolve, RETRY_INTERVAL));
    }
}

cockpit.translate();
setInterval(showWork, 1000);
watch();
