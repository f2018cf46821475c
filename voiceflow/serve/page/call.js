/**
 * A call: the socket, the microphone and the loudspeaker, and what passes between them.
 *
 * Events: "line" (a STATE), "begun" (a welcome that resumes nothing), "message", "sounded" ({turn, position, ...}),
 * "heard" and "spoken" (how loud), "fault" (text), "over" (text or null).
 */
import { Connection, STATE } from "./connection.js";
import { farewell, lineFault, microphoneFault, deviceFault, serverFault } from "./faults.js";
import { Microphone } from "./microphone.js";
import { Player } from "./player.js";

const RATES = { inRate: 16000, outRate: 24000 };
const PLAYED_EVERY = 90; // ms: reports come every 50, so that every second one is sent

export class Call extends EventTarget {
  constructor(address) {
    super();
    this.address = address;
    this.state = STATE.IDLE;
    this.microphone = new Microphone({
      take: (bytes) => this.connection?.sendAudio(bytes),
      level: (level) => this.#tell("heard", level),
    });
    this.player = new Player({
      heard: (report) => this.#sounded(report),
      cleared: (report) => this.#sounded({ ...report, level: 0, playing: false, ahead: 0 }),
    });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  get live() {
    return this.state !== STATE.IDLE;
  }

  /**
   * Must follow a click or a key. Without a microphone, or where there is none, the user types; without sound, reads.
   * `devices` becomes {source, sink}.
   */
  async start({ microphone, devices }) {
    this.#line(STATE.CONNECTING);
    this.begun = this.unwanted = false;
    const { source, sink } = await devices;
    if (isSecureContext) await this.player.start(sink);
    if (microphone) await this.#listen(source);
    if (this.unwanted) await this.#end();
    else this.#connect();
  }

  async #listen(source) {
    try {
      if (!navigator.mediaDevices) return this.#tell("fault", deviceFault({ isSecureContext, host: location.host }));
      await this.microphone.start(source);
    } catch (error) {
      this.#tell("fault", microphoneFault(error));
    }
  }

  #connect() {
    const connection = new Connection(this.address, { ...RATES, watch: true });
    this.connection = connection;
    const on = (name, act) => connection.addEventListener(name, ({ detail }) => act(detail));
    on("state", (state) => state !== STATE.IDLE && this.#line(state));
    on("welcome", (welcome) => this.#welcome(welcome));
    on("audio", (block) => this.player.play(block));
    on("message", (message) => this.#receive(message));
    on("over", (lost) => this.#over(lost));
    connection.open();
  }

  #line(state) {
    this.state = state;
    this.#tell("line", state);
  }

  #welcome(welcome) {
    this.rate = welcome.audio.out.rate;
    if (welcome.resumed) return this.played && this.connection.send(this.played);
    this.begun = true;
    this.played = null;
    this.lastPlayed = 0;
    this.player.begin(this.rate);
    this.inRate = welcome.audio.in.rate;
    this.microphone.begin(this.inRate);
    if (this.muted) this.muted = true; // the server does not know yet
    this.#tell("begun", welcome);
  }

  #receive(message) {
    if (message.type === "clear") this.player.clear(message.turn);
    if (message.type === "error") this.#tell("fault", serverFault(message));
    this.#tell("message", message);
  }

  #sounded(report) {
    const { turn, position, missed, playing } = report;
    this.#tell("sounded", report);
    this.played = { type: "played", turn, position, missed };
    const now = performance.now();
    if (playing && now - this.lastPlayed < PLAYED_EVERY) return;
    this.lastPlayed = now;
    this.connection?.send(this.played);
  }

  async #over(lost) {
    const reason = this.connection.farewell;
    const why = reason ? farewell(reason) : lost && lineFault(this.begun, await readiness());
    await this.#end();
    this.#tell("over", why || null);
  }

  async #end() {
    this.connection = null;
    await Promise.all([this.player.stop(), this.microphone.stop()]);
    this.#line(STATE.IDLE);
  }

  hangUp() {
    this.unwanted = true;
    this.connection?.close();
  }

  /** A turn of the user that is typed. */
  say(text) {
    this.connection?.send({ type: "text", text });
  }

  interrupt() {
    this.connection?.send({ type: "interrupt" });
  }

  show(picture) {
    this.connection?.send({ type: "image", data: picture });
  }

  set muted(on) {
    this.microphone.muted = on;
    this.connection?.send({ type: "mute", on });
  }

  get muted() {
    return this.microphone.muted;
  }

  /** By this microphone, from now on. */
  async hearBy(source) {
    await this.microphone.stop();
    await this.#listen(source);
    this.microphone.begin(this.inRate);
    this.#tell("line", this.state);
  }
}

/** The status of /ready, or null where there is no server. */
async function readiness() {
  try {
    return (await fetch("ready")).status;
  } catch {
    return null;
  }
}
