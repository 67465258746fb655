/* operator.js - lets what changes on the pages of who runs the node arrive by itself. What somebody
 * is at work in is left alone; without a script the page says as of when it is. */
"use strict";

setInterval(async () => {
	const parts = [...document.querySelectorAll("[data-fresh]")];
	if (document.hidden || parts.some((part) => part.contains(document.activeElement)))
		return;
	try {
		const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
		if (!answer.ok || answer.redirected)
			return;
		const page = new DOMParser().parseFromString(await answer.text(), "text/html");
		for (const old of parts) {
			const fresh = page.querySelector(`[data-fresh="${old.dataset.fresh}"]`);
			if (fresh && fresh.innerHTML !== old.innerHTML)
				old.replaceWith(document.importNode(fresh, true));
		}
	} catch {
		/* The node is away for a moment. */
	}
}, 5000);
