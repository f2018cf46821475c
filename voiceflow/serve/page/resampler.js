/**
 * Samples of one rate as samples of another: a polyphase filter, windowed sinc, exact for any two whole rates.
 *
 * Output sample n lies where input sample n * from / to does: the filter's delay is taken out, so that `push` holds
 * back what it has not enough future for, and `drain` gives it with silence as that future.
 */

const CROSSINGS = 16; // zeros of the sinc at either side: its stop band starts 10 % above the cut-off
const SHAPE = 8; // of the Kaiser window: 80 dB down in the stop band
const ROLL_OFF = 0.94; // the cut-off, as a part of the lower rate's half

export class Resampler {
  constructor(from, to) {
    const common = divisor(from, to);
    this.up = to / common;
    this.down = from / common;
    this.half = Math.ceil((CROSSINGS * Math.max(from, to)) / to);
    this.taps = Array.from({ length: this.up }, (_, phase) => this.#tapsOf(phase / this.up, from, to));
    this.#begin();
  }

  #begin() {
    this.held = new Float32Array(this.half - 1);
    this.index = this.half - 1;
    this.phase = 0;
  }

  #tapsOf(fraction, from, to) {
    const cut = from === to ? 1 : ROLL_OFF * Math.min(1, to / from);
    const taps = new Float32Array(2 * this.half);
    for (let k = 0; k < taps.length; k++) {
      const at = k - this.half + 1 - fraction;
      taps[k] = cut * sinc(cut * at) * kaiser(at / this.half);
    }
    const sum = taps.reduce((total, tap) => total + tap, 0);
    return taps.map((tap) => tap / sum);
  }

  /** What can be told by now, for a block more. */
  push(block) {
    const samples = new Float32Array(this.held.length + block.length);
    samples.set(this.held);
    samples.set(block, this.held.length);
    const found = [];
    while (this.index + this.half < samples.length) {
      const first = this.index - this.half + 1;
      let sum = 0;
      const taps = this.taps[this.phase];
      for (let k = 0; k < taps.length; k++) sum += taps[k] * samples[first + k];
      found.push(sum);
      this.phase += this.down;
      this.index += Math.floor(this.phase / this.up);
      this.phase %= this.up;
    }
    const done = Math.min(this.index - this.half + 1, samples.length);
    this.held = samples.slice(done);
    this.index -= done;
    return Float32Array.from(found);
  }

  /** The rest. What is pushed then begins anew. */
  drain() {
    const rest = this.push(new Float32Array(this.half));
    this.#begin();
    return rest;
  }
}

function divisor(a, b) {
  return b ? divisor(b, a % b) : a;
}

function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x) {
  return Math.abs(x) >= 1 ? 0 : bessel(SHAPE * Math.sqrt(1 - x * x)) / bessel(SHAPE);
}

/** The modified Bessel function of the first kind, of order 0, by its series. */
function bessel(x) {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-12 * sum; k++) sum += term *= (x / (2 * k)) ** 2;
  return sum;
}
