/** Gives the microphone's sound to the page as PCM16 of the rate that was agreed on, block by block. */
import { rms } from "./playback.js";
import { pcm16 } from "./protocol.js";
import { Resampler } from "./resampler.js";

const BLOCK = 0.02; // seconds

class MicrophoneProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.#begin(sampleRate);
    this.port.onmessage = ({ data: rate }) => this.#begin(rate);
  }

  #begin(rate) {
    this.resampler = new Resampler(sampleRate, rate);
    this.block = new Float32Array(Math.round(BLOCK * rate));
    this.count = 0;
  }

  process([channels]) {
    if (channels.length) this.#take(this.resampler.push(channels[0]));
    return true;
  }

  #take(samples) {
    while (samples.length) {
      const some = samples.subarray(0, this.block.length - this.count);
      this.block.set(some, this.count);
      this.count += some.length;
      samples = samples.subarray(some.length);
      if (this.count === this.block.length) this.#give();
    }
  }

  #give() {
    const bytes = pcm16(this.block);
    this.port.postMessage({ bytes, level: rms(this.block) }, [bytes]);
    this.count = 0;
  }
}

registerProcessor("microphone", MicrophoneProcessor);
