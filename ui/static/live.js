/* live.js - parts of a page are drawn anew when the node tells of a receipt or a head; a page in the background
 * listens to nothing. */
"use strict";

let source = null, drawing = null;
const ids = () => new Set([...document.querySelectorAll("[data-id]")].map((row) => row.dataset.id));
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
/* Receipts come in bursts; a node that is away for a moment leaves the page as of when it is. */
const soon = () => {
	drawing ??= setTimeout(() => {
		drawing = null;
		redraw().catch(() => {});
	}, 300);
};
const listen = () => {
	source?.close();
	source = null;
	if (document.hidden)
		return;
	source = new EventSource("/events?topic=receipt,head");
	for (const topic of ["receipt", "head", "again"])
		source.addEventListener(topic, soon);
	/* The browser asks again by itself, but not after a refusal (too many listen). */
	source.addEventListener("error", () => {
		if (source?.readyState === EventSource.CLOSED)
			setTimeout(listen, 30000);
	});
};
document.addEventListener("visibilitychange", () => {
	listen();
	if (!document.hidden)
		soon();
});
window.addEventListener("pageshow", listen); /* also when it comes back by "back" */
window.addEventListener("pagehide", () => source?.close());
