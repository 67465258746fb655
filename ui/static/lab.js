/* lab.js - the page of an evaluation that is not done yet is shown anew when the node tells that it has moved. */
"use strict";

const { job, at } = document.querySelector("[data-job]").dataset;
const look = async () => {
	/* While the node is away there is no answer: asked again when it is back. */
	const answer = await fetch(`${location.pathname}.json`).catch(() => null);
	if (!answer)
		return;
	const { state, begun, total } = answer.ok ? await answer.json() : {};
	if ([state, begun, total].join(" ") !== at)
		location.reload();
};
const source = new EventSource("/events?topic=progress");
for (const topic of ["open", "again"]) /* what came before it listened */
	source.addEventListener(topic, look);
source.addEventListener("progress", ({ data }) => {
	if (JSON.parse(data).job === job)
		look();
});
/* Refused: too many listen, or the session has ended. */
source.addEventListener("error", () => {
	if (source.readyState === EventSource.CLOSED)
		setTimeout(() => location.reload(), 10000);
});
