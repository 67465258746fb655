/* app.js - what is nicer with a script; every page works without it. Drops a file on the check box. */
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
