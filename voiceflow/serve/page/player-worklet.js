/** Plays the agent's voice; tells the page what has sounded. All its rules are in playback.js. */
import { Playback } from "./playback.js";

const OTHERS = 0;
const EVERY = 0.05; // seconds between two reports while it plays

class PlayerProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.#begin(sampleRate);
    this.port.onmessage = ({ data }) => this.#obey(data);
  }

  #begin(rate) {
    this.playback = new Playback(rate, sampleRate);
    this.others = new Playback(rate, sampleRate); // who else is in the room: turn 0
    this.told = { when: currentTime, ...this.playback.sounded };
  }

  #obey({ name, value }) {
    if (name === "audio") (value.turn === OTHERS ? this.others : this.playback).push(value);
    if (name === "latency") this.playback.latency = value;
    if (name === "begin") this.#begin(value);
    if (name === "clear" || name === "hold") {
      this.playback[name](value);
      if (!this.playback.fading) this.#tellCleared();
    }
  }

  #tellCleared() {
    this.told = { when: currentTime, ...this.playback.sounded };
    const held = this.playback.held === this.playback.sounded.turn;
    this.port.postMessage({ name: "cleared", value: { ...this.playback.sounded, held } });
  }

  process(_inputs, [[block]]) {
    const { fading } = this.playback;
    this.playback.render(block, currentTime);
    this.others.render((this.spare ??= new Float32Array(block.length)), currentTime);
    this.spare.forEach((sample, n) => (block[n] += sample));
    if (fading) this.#tellCleared();
    const { sounded, marks, given } = this.playback;
    const news = sounded.turn !== this.told.turn || sounded.position !== this.told.position;
    const ended = !marks.length && sounded.position === given.position && !this.playback.run;
    if (news && (ended || currentTime - this.told.when >= EVERY)) this.#tell();
    return true;
  }

  #tell() {
    const { sounded, level, queue, rate, breaks, run } = this.playback;
    this.told = { when: currentTime, ...sounded };
    const end = queue.end.turn === sounded.turn ? queue.end.position : sounded.position;
    const ahead = (end - sounded.position) / rate; // seconds that are here and did not sound yet
    const playing = run !== null;
    this.port.postMessage({ name: "sounded", value: { ...sounded, level, playing, ahead, breaks } });
  }
}

registerProcessor("player", PlayerProcessor);
