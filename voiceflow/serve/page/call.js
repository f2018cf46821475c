/**
 * A call: its line (a WebSocket, or WebRTC where that works), the microphone and the loudspeaker, and what passes between them.
 *
 * Events: "line" (a STATE), "begun" (a welcome that resumes nothing), "message", "sounded" ({turn, position, ...}),
 * "heard" and "spoken" (how loud), "fault" (text), "over" (text or null).
 */
import { Connection, dialSocket, STATE } from "./connection.js";
import { farewell, lineFault, microphoneFault, deviceFault, serverFault } from "./faults.js";
import { Microphone } from "./microphone.js";
import { hasOpus, OpusReceiver, OpusSender } from "./opus.js";
import { offerAddress, offered, PeerSocket } from "./peer.js";
import { Player } from "./player.js";
import { TrackPlayer } from "./track-player.js";

const PLAIN = { inRate: 16000, outRate: 24000, codec: "pcm16" };
const OPUS = { inRate: 16000, outRate: 48000, codec: "opus" };
const PLAYED_EVERY = 90; // ms: reports come every 50, so that every second one is sent

export class Call extends EventTarget {
  constructor(address) {
    super();
    this.address = address;
    this.state = STATE.IDLE;
    this.microphone = new Microphone({
      take: (bytes) => (this.sender ? this.sender.push(bytes) : this.#send(bytes)),
      level: (level) => this.#tell("heard", level),
    });
    const told = {
      heard: (report) => this.#sounded(report),
      cleared: (report) => this.#sounded({ ...report, level: 0, playing: false, ahead: 0 }),
    };
    this.players = { socket: new Player(told), peer: new TrackPlayer(told) };
    this.player = this.players.socket;
    this.ice = null; // of WebRTC; null without
  }

  #send(bytes) {
    this.connection?.sendAudio(bytes);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  get live() {
    return this.state !== STATE.IDLE;
  }

  /**
   * Must follow a click or a key. Without a microphone, or where there is none, the user types; without sound, reads.
   * `devices` becomes {source, sink, by}: "socket" if the line is to be no other, "opus" if it is to be that by Opus.
   */
  async start({ microphone, devices }) {
    this.#line(STATE.CONNECTING);
    this.begun = this.unwanted = false;
    const { source, sink, by } = await devices;
    this.sink = sink;
    this.wishes = by === "opus" && (await hasOpus(OPUS)) ? OPUS : PLAIN;
    const alone = !by && isSecureContext && !new URL(this.address).searchParams.has("room");
    this.ice = alone ? await offered(offerAddress(location.href)) : null;
    await this.#open();
    if (microphone) await this.#listen(source);
    if (this.unwanted) await this.#end();
    else this.#connect();
  }

  /** The loudspeaker that belongs to the line. */
  async #open() {
    this.player = this.ice ? this.players.peer : this.players.socket;
    if (isSecureContext) await this.player.start(this.sink);
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
    const connection = new Connection((hello) => this.#dial(hello), { ...this.wishes, watch: true });
    this.connection = connection;
    const on = (name, act) => connection.addEventListener(name, ({ detail }) => act(detail));
    on("state", (state) => state !== STATE.IDLE && this.#line(state));
    on("welcome", (welcome) => this.#welcome(welcome));
    on("audio", (block) => (this.receiver ? this.receiver.push(block) : this.player.play(block)));
    on("message", (message) => this.#receive(message));
    on("over", (lost) => this.#over(lost));
    connection.open();
  }

  #dial(hello) {
    if (!this.ice) return dialSocket(this.address, hello);
    const listen = (receiver, track) => this.players.peer.listen(receiver, track);
    this.peer = new PeerSocket(offerAddress(location.href), hello, { ice: this.ice, track: this.microphone.track, listen });
    return this.peer;
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
    this.#agree(welcome.audio);
    this.microphone.begin(this.inRate);
    if (this.muted) this.muted = true; // the server does not know yet
    this.#tell("begun", welcome);
  }

  /** How sound goes from now on. */
  #agree({ in: sends, out: plays }) {
    this.#disagree();
    if (sends.codec === "opus") this.sender = new OpusSender(sends.rate, (bytes) => this.#send(bytes));
    if (plays.codec === "opus") this.receiver = new OpusReceiver(plays.rate, (block) => this.player.play(block));
  }

  #disagree() {
    this.sender?.close();
    this.receiver?.close();
    this.sender = this.receiver = undefined;
  }

  #receive(message) {
    if (message.type === "track") this.player.change(message);
    if (message.type === "clear") this.player.clear(message.turn);
    if (message.type === "hold") {
      this.receiver?.forget();
      this.player.hold(message.turn);
    }
    if (message.type === "error") this.#tell("fault", serverFault(message));
    this.#tell("message", message);
  }

  #sounded(report) {
    const { turn, position, missed, playing, held = false } = report;
    this.#tell("sounded", report);
    // What a peer's own buffer made up for would not come sooner if the server sent it sooner.
    this.played = { type: "played", turn, position, missed: this.ice ? 0 : missed, held };
    const now = performance.now();
    if (playing && now - this.lastPlayed < PLAYED_EVERY) return;
    this.lastPlayed = now;
    this.connection?.send(this.played);
  }

  async #over(lost) {
    if (lost && this.ice && !this.begun && !this.unwanted) return this.#fallBack();
    const reason = this.connection.farewell;
    const why = reason ? farewell(reason) : lost && lineFault(this.begun, await readiness());
    await this.#end();
    this.#tell("over", why || null);
  }

  /** A network may let no peer through: then by the socket. */
  async #fallBack() {
    await this.player.stop();
    this.ice = null;
    await this.#open();
    this.#connect();
  }

  async #end() {
    this.connection = this.peer = null;
    this.#disagree();
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

  /** For another caller in the room, or (null) all others. */
  write(text, to) {
    this.connection?.send({ type: "message", text, to });
  }

  /** The agent in the room hears this one alone, or (null) everybody. */
  hearAlone(to) {
    this.connection?.send({ type: "address", to });
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
    this.peer?.speakWith(this.microphone.track);
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
