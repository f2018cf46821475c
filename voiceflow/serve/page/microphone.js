/** The microphone, with echo cancelled, as blocks of PCM16. */

export class Microphone {
  /** `take(bytes)` gets each block, `level(rms)` how loud it is. */
  constructor({ take, level }) {
    this.take = take;
    this.level = level;
    this.silent = false;
  }

  /** Whether nothing of it is sent. */
  get muted() {
    return this.silent;
  }

  set muted(on) {
    this.silent = on;
    if (this.track) this.track.enabled = !on;
  }

  /** For who sends it as it is; null while it is not open. */
  get track() {
    return this.stream?.getAudioTracks()[0] ?? null;
  }

  get open() {
    return this.stream !== undefined;
  }

  /** Raises what getUserMedia raises. */
  async start(device) {
    const audio = {
      echoCancellation: true,
      noiseSuppression: false, // the graph takes noise out; twice costs words
      autoGainControl: true,
      channelCount: 1,
      ...(device ? { deviceId: { exact: device } } : {}),
    };
    this.stream = await navigator.mediaDevices.getUserMedia({ audio });
    this.muted = this.silent;
    this.context = new AudioContext({ latencyHint: "interactive" });
    await this.context.audioWorklet.addModule(new URL("microphone-worklet.js", import.meta.url));
    const source = this.context.createMediaStreamSource(this.stream);
    this.node = new AudioWorkletNode(this.context, "microphone", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    this.node.port.onmessage = ({ data }) => this.#give(data);
    source.connect(this.node);
    await this.context.resume();
  }

  /** From now on in blocks of this rate. */
  begin(rate) {
    this.node?.port.postMessage(rate);
  }

  #give({ bytes, level }) {
    this.level(this.muted ? 0 : level);
    if (!this.muted) this.take(bytes);
  }

  async stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = undefined;
    await this.context?.close();
    this.context = undefined;
    this.level(0);
  }
}
