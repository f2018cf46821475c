/**
 * The loudspeaker of a call by WebRTC: the browser plays the track, and tells the RTP time stamp of what sounds. With
 * what the server tells of the track that is a place in a turn.
 */
import { rms } from "./playback.js";
import { Timeline } from "./timeline.js";

const LOOKS_EVERY = 20; // ms
const TOLD_EVERY = 50; // ms, while it plays
const FIGURES_EVERY = 1000; // ms
const RATE = 48000; // of RTP time stamps, for Opus
const HEADROOM = 0.04 * RATE; // samples before a turn at which what was silenced may sound again

export class TrackPlayer {
  /** As a Player's. */
  constructor({ heard, cleared }) {
    this.heard = heard;
    this.cleared = cleared;
  }

  /** Must follow a click or a key: browsers let no page sound unasked. */
  async start(sink) {
    this.audio = new Audio();
    this.audio.autoplay = true;
    this.context = new AudioContext({ latencyHint: "interactive" });
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 1024;
    if (sink) await this.choose(sink);
    await this.context.resume();
    this.looking = setInterval(() => this.#look(), LOOKS_EVERY);
    this.figuring = setInterval(() => this.#figure(), FIGURES_EVERY);
    this.begin();
  }

  get running() {
    return this.context !== undefined && this.context.state !== "closed";
  }

  /** Another call: its turns are counted anew. */
  begin() {
    this.told = { when: 0, turn: null, position: 0 };
    this.silenced = null;
    this.figures = { ahead: 0, breaks: 0, missed: 0 };
    if (this.audio) this.audio.muted = false;
  }

  /** The track of another peer, whose time stamps are others. */
  listen(receiver, track) {
    this.receiver = receiver;
    this.timeline = new Timeline();
    if (!this.running) return;
    const stream = new MediaStream([track]);
    this.audio.srcObject = stream;
    this.source?.disconnect();
    this.source = this.context.createMediaStreamSource(stream);
    this.source.connect(this.analyser);
  }

  /** A `track` message of the server. */
  change(change) {
    this.timeline?.push(change);
  }

  /** The time stamp of what sounds now; undefined where the browser does not tell, or nothing came yet. */
  get #now() {
    const rtp = this.receiver?.getSynchronizationSources()[0]?.rtpTimestamp;
    if (rtp === undefined) return undefined;
    const { baseLatency, outputLatency } = this.context;
    return rtp - Math.round(((baseLatency || 0) + (outputLatency || 0)) * RATE);
  }

  #look() {
    const now = this.#now;
    if (now === undefined) return;
    if (this.silenced !== null && this.timeline.soon(this.silenced, now, HEADROOM)) this.#sound();
    const at = this.timeline.at(now);
    if (at === null || at.turn === this.silenced) return;
    const same = at.turn === this.told.turn && at.position === this.told.position;
    const when = performance.now();
    if (same || (at.playing && when - this.told.when < TOLD_EVERY)) return;
    this.told = { when, ...at };
    this.heard({ ...at, ...this.figures, level: this.#level() });
  }

  #level() {
    const block = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(block);
    return rms(block);
  }

  /** Silence a turn at once: what of it is on its way already sounds no more. */
  clear(turn, held = false) {
    const now = this.#now;
    const at = now === undefined ? null : this.timeline.at(now);
    this.timeline?.silence();
    this.silenced = turn;
    if (this.audio) this.audio.muted = true;
    const position = at?.turn === turn ? at.position : this.told.turn === turn ? this.told.position : 0;
    this.cleared({ turn, position, missed: this.figures.missed, held });
  }

  /** The same, but it may go on, with what the server tells of the track from here on. */
  hold(turn) {
    this.clear(turn, true);
  }

  #sound() {
    this.silenced = null;
    this.audio.muted = false;
  }

  /** What the browser's own buffer holds, and what it had to make up. */
  async #figure() {
    const stats = await this.receiver?.getStats();
    const found = [...(stats?.values() ?? [])].find(({ type }) => type === "inbound-rtp");
    if (!found) return;
    const { jitterBufferDelay = 0, jitterBufferEmittedCount = 0, concealedSamples = 0, silentConcealedSamples = 0 } = found;
    const emitted = jitterBufferEmittedCount - (this.before?.emitted ?? 0);
    const ahead = emitted > 0 ? (jitterBufferDelay - (this.before?.delay ?? 0)) / emitted : this.figures.ahead;
    this.before = { emitted: jitterBufferEmittedCount, delay: jitterBufferDelay };
    this.figures = { ahead, breaks: found.concealmentEvents ?? 0, missed: concealedSamples - silentConcealedSamples };
  }

  /** By another loudspeaker, where the browser lets a page choose. */
  async choose(sink) {
    if (this.running && "setSinkId" in this.audio) await this.audio.setSinkId(sink);
  }

  async stop() {
    clearInterval(this.looking);
    clearInterval(this.figuring);
    this.receiver = this.before = undefined;
    if (this.audio) this.audio.srcObject = null;
    if (this.running) await this.context.close();
  }
}
