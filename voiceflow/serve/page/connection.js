/**
 * One call over a socket, or what behaves like one. A socket that is cut is opened again within a few seconds, and the call goes on.
 *
 * Events: "state" (detail: a STATE), "welcome", "message" and "audio" (detail: their value), "over" (detail: whether the
 * line was lost, rather than closed from here).
 */
import * as protocol from "./protocol.js";

const RESUME_WITHIN = 5000; // ms; the server keeps a call as long
const PAUSES = [0, 100, 200, 400, 800, 800, 800, 800, 800]; // ms before each try
const PING_EVERY = 1000; // ms
const UNANSWERED = 3; // pings, without any message: the line is dead, though nobody said so
const BEHIND = 32000; // bytes that wait to be sent: one second of 16 kHz. What is said then is lost and counted

export const STATE = { IDLE: "idle", CONNECTING: "connecting", OPEN: "open", CUT: "cut" };

export class Connection extends EventTarget {
  /** `dial(hello)` gives a socket that says hello when it is open. */
  constructor(dial, { inRate, outRate, codec, watch }) {
    super();
    this.dial = dial;
    this.wishes = { inRate, outRate, codec, watch };
    this.read = protocol.audio; // binary messages
    this.state = STATE.IDLE;
    this.secret = null;
    this.farewell = null; // the server's reason to end the call
    this.dropped = 0; // blocks of the microphone
    this.roundTrip = null; // ms
  }

  open() {
    this.#become(STATE.CONNECTING);
    this.#connect();
  }

  send(value) {
    if (this.state === STATE.OPEN) this.socket.send(JSON.stringify(value));
  }

  /** The microphone's bytes: live, so that nothing is kept for later. */
  sendAudio(bytes) {
    if (this.state !== STATE.OPEN) return;
    if (this.socket.bufferedAmount > BEHIND) this.dropped += 1;
    else this.socket.send(bytes);
  }

  close() {
    this.send({ type: "bye" });
    this.#end(false);
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.#tell("state", state);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #connect() {
    const socket = this.dial(protocol.hello({ ...this.wishes, resume: this.secret }));
    this.socket = socket;
    const mine = (act) => (event) => this.socket === socket && act(event);
    socket.onmessage = mine(({ data }) => this.#receive(data));
    socket.onclose = mine(() => this.#lose());
  }

  #receive(data) {
    this.unanswered = 0;
    const value = typeof data === "string" ? protocol.message(data) : this.read(data);
    if (value === null) return;
    if (typeof data !== "string") this.#tell("audio", value);
    else if (value.type === "welcome") this.#welcome(value);
    else if (value.type === "pong") this.roundTrip = performance.now() - value.t;
    else {
      if (value.type === "bye") this.farewell = value.reason;
      this.#tell("message", value);
    }
  }

  #welcome(value) {
    this.secret = value.resume;
    this.read = value.audio.out.codec === "opus" ? protocol.packet : protocol.audio;
    this.cutSince = null;
    this.tries = 0;
    this.#become(STATE.OPEN);
    this.#tell("welcome", value);
    clearInterval(this.pinging);
    this.pinging = setInterval(() => this.#ping(), PING_EVERY);
  }

  #ping() {
    if (this.unanswered === UNANSWERED) return this.#lose();
    this.unanswered += 1;
    this.send({ type: "ping", t: performance.now() });
  }

  /** The socket is gone. A call that had begun goes on over another one, unless the server ended it. */
  #lose() {
    clearInterval(this.pinging);
    this.#drop();
    const now = performance.now();
    this.cutSince ??= now;
    this.tries ??= 0;
    const pause = PAUSES[Math.min(this.tries, PAUSES.length - 1)];
    const final = this.farewell || this.secret === null;
    if (final || now + pause - this.cutSince > RESUME_WITHIN) return this.#end(true);
    this.tries += 1;
    this.#become(STATE.CUT);
    this.retrying = setTimeout(() => this.#connect(), pause);
  }

  #drop() {
    const socket = this.socket;
    this.socket = null; // what it still tells is not heard
    socket?.close();
  }

  #end(lost) {
    clearInterval(this.pinging);
    clearTimeout(this.retrying);
    this.#drop();
    if (this.state === STATE.IDLE) return;
    this.#become(STATE.IDLE);
    this.#tell("over", lost);
  }
}

/** A WebSocket, for a Connection. */
export function dialSocket(address, hello) {
  const socket = new WebSocket(address, protocol.SUBPROTOCOL);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => socket.send(JSON.stringify(hello));
  return socket;
}
