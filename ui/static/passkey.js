/* passkey.js - asks the device for a passkey, or for its answer, and sends the form. The page says what to ask. */
"use strict";

const fromText = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
	.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/* Algorithms the node takes, the best first: EdDSA, ES256, RS256. */
const algorithms = [-8, -7, -257].map((alg) => ({ type: "public-key", alg }));
const known = (form) => form.dataset.credentials.split(" ").filter(Boolean)
	.map((id) => ({ type: "public-key", id: fromText(id) }));

const ask = {
	async create(form) {
		const { challenge, rp, node, userId, user, display } = form.dataset;
		const { response } = await navigator.credentials.create({ publicKey: {
			challenge: fromText(challenge), rp: { id: rp, name: node }, pubKeyCredParams: algorithms,
			user: { id: fromText(userId), name: user, displayName: display },
			excludeCredentials: known(form),
			authenticatorSelection: { userVerification: "required", residentKey: "preferred" },
			attestation: "none", timeout: 240000,
		} });
		return { client_data: response.clientDataJSON, attestation: response.attestationObject };
	},
	async get(form) {
		const { challenge, rp } = form.dataset;
		const { rawId, response } = await navigator.credentials.get({ publicKey: {
			challenge: fromText(challenge), rpId: rp, allowCredentials: known(form),
			userVerification: "required", timeout: 240000,
		} });
		return { credential: rawId, client_data: response.clientDataJSON, signature: response.signature,
			authenticator_data: response.authenticatorData };
	},
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
	const failed = form.querySelector("[data-failed]");
	if (!window.PublicKeyCredential) {
		form.hidden = true;
		for (const told of document.querySelectorAll("[data-no-passkey]"))
			told.hidden = false;
		continue;
	}
	form.hidden = false;
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		failed.hidden = true;
		try {
			const answer = await ask[form.dataset.passkey](form);
			for (const [name, bytes] of Object.entries(answer))
				form.elements[name].value = toText(bytes);
			form.submit();
		} catch {
			failed.hidden = false; /* cancelled, timed out, or a passkey that is not here */
		}
	});
}
