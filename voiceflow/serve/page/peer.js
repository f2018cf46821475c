/**
 * A call's WebRTC connection, which behaves like its WebSocket: text goes by a data channel. Sound has tracks of its own,
 * so that what is no text is not sent.
 */
const OPENS_WITHIN = 4000; // ms
const LARGEST = 60000; // characters of a message that a data channel carries; larger ones are posted

/** Where offers go, for a page: a token in the page's own address is handed on. */
export function offerAddress(page) {
  const { searchParams, hash } = new URL(page);
  const token = searchParams.get("token") ?? new URLSearchParams(hash.slice(1)).get("token");
  const address = new URL("rtc", page);
  address.hash = "";
  address.search = token ? `?token=${encodeURIComponent(token)}` : "";
  return address;
}

/** The servers to be asked for one's own address, or null where the browser or the server has no WebRTC. */
export async function offered(address) {
  if (!("RTCPeerConnection" in globalThis)) return null;
  try {
    const { offered, ice } = await (await fetch(address)).json();
    return offered ? ice : null;
  } catch {
    return null;
  }
}

export class PeerSocket {
  /** `track` is the microphone's, or null; `listen(receiver, track)` gets the agent's voice. */
  constructor(address, hello, { ice, track, listen }) {
    this.address = address;
    this.peer = new RTCPeerConnection({ iceServers: ice });
    this.sender = this.peer.addTransceiver("audio", { direction: "sendrecv" }).sender;
    this.channel = this.peer.createDataChannel("voiceflow");
    this.candidates = [];
    this.channel.onopen = () => clearTimeout(this.opening);
    this.channel.onmessage = (event) => this.onmessage?.(event);
    this.channel.onclose = () => this.#over();
    this.peer.ontrack = ({ receiver, track }) => listen(receiver, track);
    this.peer.onicecandidate = ({ candidate }) => this.#candidate(candidate);
    this.peer.onconnectionstatechange = () => this.peer.connectionState === "failed" && this.#over();
    this.opening = setTimeout(() => this.#over(), OPENS_WITHIN);
    this.#offer(hello, track).catch(() => this.#over());
  }

  get bufferedAmount() {
    return this.channel.bufferedAmount;
  }

  async #offer(hello, track) {
    await this.sender.replaceTrack(track);
    await this.peer.setLocalDescription();
    const { type, sdp } = this.peer.localDescription;
    const response = await this.#ask(this.address, "POST", JSON.stringify({ type, sdp, hello }));
    if (!response.ok) return this.#over();
    const answer = await response.json();
    this.place = new URL(this.address);
    this.place.pathname += `/${answer.peer}`;
    this.candidates.splice(0).forEach((candidate) => this.#trickle(candidate));
    await this.peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
  }

  #ask(address, method, body) {
    return fetch(address, { method, headers: { "content-type": "application/json" }, body });
  }

  #candidate(candidate) {
    const { candidate: text, sdpMid, sdpMLineIndex } = candidate ?? { candidate: "", sdpMid: null, sdpMLineIndex: null };
    if (this.place) this.#trickle({ candidate: text, sdpMid, sdpMLineIndex });
    else this.candidates.push({ candidate: text, sdpMid, sdpMLineIndex });
  }

  #trickle(candidate) {
    this.#ask(this.place, "PATCH", JSON.stringify(candidate)).catch(() => null); // one address less
  }

  send(data) {
    if (typeof data !== "string" || this.channel.readyState !== "open") return;
    if (data.length > LARGEST) this.#ask(this.place, "POST", data).catch(() => null);
    else this.channel.send(data);
  }

  /** With another microphone, or none, from now on. */
  speakWith(track) {
    this.sender.replaceTrack(track);
  }

  close() {
    clearTimeout(this.opening);
    this.channel.onclose = this.peer.onconnectionstatechange = null;
    this.peer.close();
  }

  #over() {
    this.close();
    this.onclose?.();
    this.onclose = null;
  }
}
