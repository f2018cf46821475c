/** The loudspeaker: the agent's voice into a worklet, and what has sounded out of it. */

const LATENCY_EVERY = 1000; // ms

export class Player {
  /**
   * `heard({turn, position, missed, level, playing, ahead, breaks})` is called some times a second while it plays,
   * `cleared({turn, position, missed, held})` after a clear, or, with `held`, after a hold.
   */
  constructor({ heard, cleared }) {
    this.heard = heard;
    this.cleared = cleared;
  }

  /** Must follow a click or a key: browsers let no page sound unasked. */
  async start(sink) {
    this.context = new AudioContext({ latencyHint: "interactive" });
    await this.context.audioWorklet.addModule(new URL("player-worklet.js", import.meta.url));
    this.node = new AudioWorkletNode(this.context, "player", {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    this.node.port.onmessage = ({ data: { name, value } }) =>
      name === "cleared" ? this.cleared(value) : this.heard(value);
    this.node.connect(this.context.destination);
    if (sink) await this.choose(sink);
    await this.context.resume();
    this.telling = setInterval(() => this.#tellLatency(), LATENCY_EVERY);
  }

  get running() {
    return this.context !== undefined && this.context.state !== "closed";
  }

  #tellLatency() {
    if (!this.running) return;
    const { baseLatency, outputLatency } = this.context;
    this.#tell("latency", (baseLatency || 0) + (outputLatency || 0));
  }

  #tell(name, value, moved = []) {
    this.node?.port.postMessage({ name, value }, moved);
  }

  play(block) {
    this.#tell("audio", block, [block.samples.buffer]);
  }

  clear(turn) {
    this.#tell("clear", turn);
  }

  hold(turn) {
    this.#tell("hold", turn);
  }

  /** Another call: its turns are counted anew. */
  begin(rate) {
    this.#tell("begin", rate);
    this.#tellLatency();
  }

  /** By another loudspeaker, where the browser lets a page choose. */
  async choose(sink) {
    if (this.running && "setSinkId" in AudioContext.prototype) await this.context.setSinkId(sink);
  }

  async stop() {
    clearInterval(this.telling);
    if (this.running) await this.context.close();
    this.node = undefined;
  }
}
