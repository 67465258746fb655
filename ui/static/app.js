/* app.js - what is nicer with a script; every page works without it.
 * Drops a file on the check box, and lets the newest receipts of the first page arrive. */
"use strict";

for (const form of document.querySelectorAll("form.drop")) {
	const input = form.querySelector("input[type=file]");
	const mark = (on) => form.classList.toggle("over-it", on);
	form.addEventListener("dragover", (event) => { event.preventDefault(); mark(true); });
	form.addEventListener("dragleave", () => mark(false));
	form.addEventListener("drop", (event) => {
		event.preventDefault();
		mark(false);
		if (event.dataTransfer.files.length === 1) {
			input.files = event.dataTransfer.files;
			form.requestSubmit();
		}
	});
}

const live = document.querySelectorAll("[data-live]");
if (live.length > 0) {
	let known = null;
	const ids = () => new Set([...document.querySelectorAll("[data-id]")].map((row) => row.dataset.id));
	/* What is shown changes only with these. */
	const summary = (home) => JSON.stringify([home.checkpoint, home.newest.map((n) => [n.id, n.state]), home.saved,
		home.peers.map((p) => [p.state, p.size, p.cosigned_size, (p.as_of || "").slice(0, 16)])]);
	const redraw = async () => {
		const answer = await fetch("/", { headers: { Accept: "text/html" } });
		const page = new DOMParser().parseFromString(await answer.text(), "text/html");
		const before = ids();
		for (const old of document.querySelectorAll("[data-live]")) {
			const fresh = page.querySelector(`[data-live="${old.dataset.live}"]`);
			if (fresh)
				old.replaceWith(document.importNode(fresh, true));
		}
		for (const row of document.querySelectorAll("[data-id]"))
			row.classList.toggle("new", !before.has(row.dataset.id));
	};
	const look = async () => {
		if (document.hidden)
			return;
		try {
			const answer = await fetch("/index.json", { headers: { Accept: "application/json" } });
			const now = summary(await answer.json());
			if (known !== null && now !== known)
				await redraw();
			known = now;
		} catch {
			/* The node is away for a moment; the page still says as of when it is. */
		}
	};
	look();
	setInterval(look, 3000);
}
