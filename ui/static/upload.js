/* upload.js - several files at once by the tus protocol 1.0.0: progress, pause, going on after a lost
 * connection or a reload. Without it the form sends the files in one go.
 * Where each file's upload stands is remembered under its fingerprint (name, size, date) until it is done. */
"use strict";
(() => {
	const form = document.getElementById("upload");
	const input = document.getElementById("file");
	const list = document.getElementById("going");
	const said = document.getElementById("going-said");
	const token = form.querySelector("[name=csrf]").value;
	const words = Object.fromEntries([...document.querySelectorAll("#upload-words [data-word]")]
		.map((one) => [one.dataset.word, one.textContent]));
	const language = document.documentElement.lang;
	/* A piece that is cut off is sent again, so one takes some two seconds. */
	const PIECE = { first: 1 << 20, least: 1 << 18, most: 1 << 25, seconds: 2 };
	const KEPT = "huren-upload:";
	const word = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
	const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

	/* ---- numbers as people read them ---- */
	const UNITS = ["B", "kB", "MB", "GB", "TB"];
	const size = (bytes) => {
		let value = bytes;
		let unit = 0;
		for (; value >= 1000 && unit < UNITS.length - 1; unit++)
			value /= 1000;
		const digits = value >= 100 || unit === 0 ? 0 : 1;
		return `${value.toLocaleString(language, { maximumFractionDigits: digits })} ${UNITS[unit]}`;
	};
	const duration = (seconds) => {
		if (seconds < 90)
			return word("seconds", { n: Math.max(1, Math.round(seconds)) });
		return seconds < 5400 ? word("minutes", { n: Math.round(seconds / 60) })
			: word("hours", { n: (seconds / 3600).toFixed(1) });
	};

	/* ---- what is remembered ---- */
	const keyOf = (file) => `${KEPT}${file.name}:${file.size}:${file.lastModified}`;
	const placeOf = (key) => localStorage.getItem(key);
	const recall = (file) => { try { return placeOf(keyOf(file)); } catch { return null; } };
	const keep = (file, place) => { try { localStorage.setItem(keyOf(file), place); } catch { /* only a help */ } };
	const forget = (file) => { try { localStorage.removeItem(keyOf(file)); } catch { /* as above */ } };

	/* ---- one request ---- */
	const base64 = (bytes) => {
		let text = "";
		for (const byte of bytes)
			text += String.fromCharCode(byte);
		return btoa(text);
	};
	const metadata = (file) => [["filename", file.name], ["filetype", file.type]].filter(([, value]) => value)
		.map(([key, value]) => `${key} ${base64(new TextEncoder().encode(value))}`).join(",");
	/* Status 0: no answer. `hold` gets what ends the request. */
	const ask = (method, place, headers, { body = null, onProgress, hold } = {}) => new Promise((done) => {
		const request = new XMLHttpRequest();
		request.open(method, place);
		request.setRequestHeader("Tus-Resumable", "1.0.0");
		request.setRequestHeader("X-CSRF-Token", token);
		for (const [name, value] of Object.entries(headers))
			request.setRequestHeader(name, value);
		request.upload.onprogress = (event) => onProgress?.(event.loaded);
		request.onload = () => done({ status: request.status, get: (name) => request.getResponseHeader(name) });
		request.onerror = request.onabort = request.ontimeout = () => done({ status: 0, get: () => null });
		hold?.(() => request.abort());
		request.send(body);
	});
	const checksum = async (bytes) => {
		if (!globalThis.crypto?.subtle)
			return {};
		const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
		return { "Upload-Checksum": `sha256 ${base64(digest)}` };
	};

	/* ---- a row of the list ---- */
	function rowOf(file) {
		const row = document.createElement("li");
		const name = document.createElement("b");
		const bar = document.createElement("progress");
		const tell = document.createElement("span");
		const buttons = document.createElement("span");
		name.textContent = file.name;
		bar.max = file.size || 1;
		bar.value = 0;
		bar.setAttribute("aria-label", file.name);
		tell.className = "tell";
		buttons.className = "do";
		row.append(name, buttons, bar, tell);
		list.append(row);
		list.hidden = false;
		const show = (text, state = "") => { tell.textContent = text; row.className = state;
			bar.className = state === "paused" || state === "failed" ? "stopped" : ""; };
		const offer = (...choices) => {
			const focused = buttons.contains(document.activeElement);
			buttons.replaceChildren(...choices.map(([label, act]) => {
				const button = document.createElement("button");
				Object.assign(button, { type: "button", className: "plain", textContent: word(label),
					onclick: act });
				button.setAttribute("aria-label", `${word(label)} ${file.name}`);
				return button;
			}));
			if (focused)
				buttons.firstChild?.focus();
		};
		const link = (place) => {
			const a = document.createElement("a");
			Object.assign(a, { href: place, textContent: word("open"), className: "small" });
			a.setAttribute("aria-label", `${word("open")} ${file.name}`);
			buttons.replaceChildren(a);
		};
		return { show, offer, link, move: (bytes) => { bar.value = bytes; } };
	}

	class Upload {
		constructor(file) {
			this.file = file;
			this.row = rowOf(file);
			this.offset = 0;
			this.state = "waiting";
			this.wake = () => {};
			this.row.show(word("waiting"));
			this.row.offer(["cancel", () => this.cancel()]);
		}

		sizes() { return { sent: size(this.offset), size: size(this.file.size) }; }

		stop() {
			this.state = "paused";
			this.abort?.();
			this.wake();
			this.row.show(word("paused", this.sizes()), "paused");
			this.row.offer(["resume", () => this.resume()], ["cancel", () => this.cancel()]);
		}

		resume() {
			this.state = "waiting";
			this.row.show(word("waiting"));
			this.row.offer(["cancel", () => this.cancel()]);
			turn();
		}

		async cancel() {
			const place = this.place ?? recall(this.file);
			this.state = "over";
			this.abort?.();
			this.wake();
			forget(this.file);
			this.row.offer();
			this.row.show(word("canceled"));
			if (place)
				await ask("DELETE", place, {});
			turn();
		}

		fail(text) {
			this.state = "failed";
			this.row.show(text, "failed");
			this.row.offer(["retry", () => this.resume()], ["cancel", () => this.cancel()]);
			said.textContent = word("said_failed", { name: this.file.name });
		}

		refused(status) {
			const known = { 400: "invalid", 401: "signin", 403: "denied", 413: "quota",
				503: "busy" }[status];
			this.fail(known ? word(known) : word("failed", { status }));
		}

		finish(place) {
			forget(this.file);
			this.state = "over";
			this.offset = this.file.size;
			this.row.move(this.file.size || 1);
			this.row.show(word(place ? "done" : "checking"), "done");
			this.row.offer();
			if (place)
				this.row.link(place);
			said.textContent = word("said_done", { name: this.file.name });
			refresh();
		}

		/* Where the node stands; 0 when there is no answer, null when it knows of no such upload. */
		async ask() {
			const answer = await ask("HEAD", this.place, {});
			if (answer.status === 404 || answer.status === 410)
				return null;
			if (answer.status !== 200)
				return answer;
			this.offset = Number(answer.get("Upload-Offset"));
			this.known = answer.get("Content-Location");
			return answer;
		}

		async begin() {
			const answer = await ask("POST", "/uploads", { "Upload-Length": String(this.file.size),
				"Upload-Metadata": metadata(this.file) });
			if (answer.status !== 201)
				return answer;
			this.place = answer.get("Location");
			this.known = answer.get("Content-Location");
			this.offset = 0;
			keep(this.file, this.place);
			return answer;
		}

		async find() {
			this.place ??= recall(this.file);
			return (this.place && await this.ask()) || this.begin();
		}

		tell(loaded) {
			const now = performance.now();
			const sent = this.offset + loaded;
			this.row.move(sent);
			this.marks = [...(this.marks ?? []).filter(([at]) => now - at < 5000), [now, sent]];
			const [from, was] = this.marks[0];
			const speed = (sent - was) / Math.max(0.2, (now - from) / 1000);
			if (now - (this.told ?? 0) < 250 || this.state !== "going")
				return;
			this.told = now;
			const left = speed > 0 ? duration((this.file.size - sent) / speed) : "…";
			this.row.show(word("going", { sent: size(sent), size: size(this.file.size),
				speed: size(speed), left }));
		}

		async piece() {
			const from = this.offset;
			const bytes = await this.file.slice(from, from + this.length).arrayBuffer();
			const start = performance.now();
			const sum = await checksum(bytes);
			if (this.state !== "going")
				return { status: 0, get: () => null };
			const answer = await ask("PATCH", this.place, { "Upload-Offset": String(from),
				"Content-Type": "application/offset+octet-stream", ...sum }, { body: bytes,
				onProgress: (loaded) => this.tell(loaded), hold: (abort) => { this.abort = abort; } });
			if (answer.status === 204) {
				this.offset = Number(answer.get("Upload-Offset"));
				this.known = answer.get("Content-Location");
				const speed = bytes.byteLength / Math.max(0.05, (performance.now() - start) / 1000);
				this.length = Math.min(PIECE.most, 2 * this.length, Math.max(PIECE.least,
					Math.round(speed * PIECE.seconds)));
			}
			return answer;
		}

		/* Waits longer each time, but no longer than until the browser is online again. */
		async rest(tries) {
			this.row.show(word("offline", this.sizes()), "paused");
			await Promise.race([pause(Math.min(30000, 500 * 2 ** tries)), new Promise((done) => {
				this.wake = done;
				addEventListener("online", done, { once: true });
			})]);
		}

		async run() {
			this.state = "going";
			this.length = PIECE.first;
			this.marks = [];
			this.row.show(word("starting"));
			this.row.offer(["pause", () => this.stop()], ["cancel", () => this.cancel()]);
			for (let tries = 0, found = false; this.state === "going";) {
				let answer;
				try {
					answer = found ? await this.piece() : await this.find();
				} catch {
					return this.fail(word("changed"));
				}
				if (this.state !== "going")
					return undefined;
				const { status } = answer;
				if (status === 200 || status === 201 || status === 204) {
					found = true;
					if (status === 204) /* where it stands is no progress: a piece is */
						tries = 0;
					this.row.move(this.offset);
					if (this.offset >= this.file.size)
						return this.finish(this.known);
				} else if (status === 0 || status === 409 || status === 460 || status === 404 ||
					(status === 503 && tries < 3)) {
					found = false; /* the node tells where it stands */
					if (status === 0 || status === 503 || tries > 0)
						await this.rest(tries);
					tries++;
				} else {
					return this.refused(status);
				}
			}
			return undefined;
		}
	}

	/* ---- all of them: one after the other, so that each comes whole as soon as it can ---- */
	const uploads = [];
	let running = false;
	async function turn() {
		if (running)
			return;
		running = true;
		for (let next; (next = uploads.find((one) => one.state === "waiting"));)
			await next.run();
		running = false;
	}
	const add = (files) => {
		for (const file of files)
			if (!uploads.some((one) => keyOf(one.file) === keyOf(file) && one.state !== "over"))
				uploads.push(new Upload(file));
		turn();
	};

	/* The list of files and the room that is left, as the node draws them. */
	async function refresh() {
		try {
			const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
			const page = new DOMParser().parseFromString(await answer.text(), "text/html");
			for (const id of ["room", "list"]) {
				const fresh = page.getElementById(id);
				if (fresh && !document.getElementById(id).contains(document.activeElement))
					document.getElementById(id).replaceWith(document.importNode(fresh, true));
			}
		} catch {
			/* The list is as of when the page was opened. */
		}
	}

	form.querySelector(".without").hidden = true;
	form.querySelector(".with").hidden = false;
	form.querySelector("button").hidden = true;
	form.addEventListener("submit", (event) => event.preventDefault());
	input.addEventListener("change", () => { add(input.files); input.value = ""; });
	form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over-it"); });
	form.addEventListener("dragleave", () => form.classList.remove("over-it"));
	form.addEventListener("drop", (event) => {
		event.preventDefault();
		form.classList.remove("over-it");
		add(event.dataTransfer.files);
	});
	addEventListener("beforeunload", (event) => {
		if (uploads.some((one) => one.state === "going"))
			event.preventDefault();
	});
	try {
		const names = Object.keys(localStorage).filter((key) => key.startsWith(KEPT) &&
			document.querySelector(`[data-upload="${CSS.escape(placeOf(key).split("/").pop())}"]`))
			.map((key) => key.slice(KEPT.length).replace(/:\d+:\d+$/, ""));
		if (names.length > 0) {
			const note = document.createElement("p");
			note.className = "small";
			note.id = "again";
			note.textContent = word("again", { names: names.join(", ") });
			list.before(note);
		}
	} catch {
		/* Without a memory there is nothing to be told. */
	}
})();
