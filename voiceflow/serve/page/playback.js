/**
 * The agent's voice as blocks for the device, and how far each turn has sounded.
 *
 * What comes is played at once: the server sends as far ahead as the line needs, and learns that from what was missed
 * here. Time is the device's, in seconds; what is given to the device sounds `latency` seconds later.
 */
import { Queue } from "./queue.js";
import { Resampler } from "./resampler.js";

const STEP = 240; // samples taken from the queue at a time: 10 ms at 24 kHz
const NONE = new Float32Array(0);

export class Playback {
  constructor(rate, deviceRate) {
    this.rate = rate;
    this.deviceRate = deviceRate;
    this.resampler = new Resampler(rate, deviceRate);
    this.latency = 0;
    this.level = 0; // RMS of the last block
    this.breaks = 0; // how often a turn stood still because nothing was there
    this.queue = new Queue();
    this.given = this.sounded = { turn: null, position: 0, missed: 0 };
    this.marks = []; // {when, turn, position, missed} of what was given and did not sound yet
    this.silence = 0; // samples of the device since a turn's last one
    this.fading = false;
    this.held = null; // the turn that was silenced for now, until more of it comes
    this.#stop();
  }

  #stop() {
    this.resampler.drain();
    this.ready = NONE; // for the device
    this.run = null; // what it comes from, without a break: {turn, from, until, count (the device's), drained}
  }

  push(block) {
    this.queue.push(block);
  }

  /** Silence a turn within one block: how far it got is `given`, at once or, if `fading`, after that block. */
  clear(turn) {
    this.held = null;
    this.queue.clear(turn);
    this.#silence(turn);
  }

  /** The same, but it may go on: with what comes from here, none of which has sounded. */
  hold(turn) {
    this.held = turn;
    this.queue.hold(turn, this.queue.end.turn === turn ? this.queue.end.position : 0);
    this.#silence(turn);
  }

  #silence(turn) {
    this.fading = this.run?.turn === turn;
    if (this.given.turn !== turn) this.given = { turn, position: 0, missed: 0 };
    if (!this.fading) this.#settle();
  }

  /** What is with the device already will sound, whatever happens. */
  #settle() {
    this.marks = this.marks.filter((mark) => mark.turn !== this.given.turn);
    this.sounded = this.given;
    if (this.held === this.given.turn) this.queue.hold(this.given.turn, this.given.position);
  }

  /** Fill a block for the device. */
  render(block, now) {
    const count = this.#fill(block, now);
    block.fill(0, count);
    this.silence += block.length - count;
    if (this.fading) {
      fade(block);
      this.#stop();
      this.#settle();
      this.fading = false;
    }
    this.level = rms(block);
    while (this.marks.length && this.marks[0].when <= now + block.length / this.deviceRate) this.#sound();
  }

  #sound() {
    const { when, ...sounded } = this.marks.shift();
    this.sounded = sounded;
  }

  #fill(block, now) {
    let count = 0;
    while (count < block.length && (this.ready.length || this.#more())) {
      const some = this.ready.subarray(0, block.length - count);
      this.ready = this.ready.subarray(some.length);
      block.set(some, count);
      count += some.length;
      this.#give(some.length, now + count / this.deviceRate);
    }
    return count;
  }

  #give(count, until) {
    const { run } = this;
    run.count += count;
    const position = Math.min(run.until, run.from + Math.floor((run.count * this.rate) / this.deviceRate));
    this.given = { turn: run.turn, position, missed: run.missed };
    this.marks.push({ when: until + this.latency, ...this.given });
  }

  /** Have something ready for the device; false if there is nothing. A run that ends is given to its last sample. */
  #more() {
    const first = this.fading ? null : this.queue.first;
    const goesOn = first && this.run?.turn === first.turn && this.run.until === first.position && !this.run.drained;
    if (this.run && !goesOn) {
      this.ready = this.run.drained ? NONE : this.resampler.drain();
      this.run = this.ready.length ? { ...this.run, drained: true } : null;
      if (this.run) return true;
      this.silence = 0;
    }
    if (!first) return false;
    const block = this.queue.take(STEP);
    this.run ??= this.#begun(block);
    this.run.until += block.samples.length;
    this.ready = this.resampler.push(block.samples);
    return this.ready.length > 0 || this.#more();
  }

  #begun({ turn, position }) {
    const again = this.given.turn === turn;
    const silence = again && this.held !== turn ? this.silence : 0; // what was to be silent is not missed
    const missed = again ? this.given.missed + Math.round((silence * this.rate) / this.deviceRate) : 0;
    if (silence) this.breaks += 1;
    this.held = null;
    return { turn, from: position, until: position, count: 0, missed, drained: false };
  }
}

/** To silence, without a click. */
function fade(block) {
  block.forEach((sample, n) => {
    block[n] = sample * (1 - (n + 1) / block.length);
  });
}

export function rms(block) {
  return Math.sqrt(block.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, block.length));
}
