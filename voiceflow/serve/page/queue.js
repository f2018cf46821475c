/**
 * What has come of the agent's voice and not been played: blocks of turns, in order. What comes again, as it does after
 * a resume, is left out, and so is what is still on its way of a turn that was cleared. Counts samples.
 */
export class Queue {
  constructor() {
    this.blocks = [];
    this.held = 0;
    this.lost = 0; // samples that never came
    this.end = { turn: null, position: 0 }; // behind the last block
    this.cleared = new Set();
  }

  push({ turn, position, samples }) {
    if (this.cleared.has(turn)) return;
    const ahead = this.end.turn === turn ? position - this.end.position : 0;
    const fresh = samples.subarray(Math.max(0, -ahead));
    if (!fresh.length) return;
    this.lost += Math.max(0, ahead);
    this.end = { turn, position: position + samples.length };
    this.blocks.push({ turn, position: this.end.position - fresh.length, samples: fresh });
    this.held += fresh.length;
  }

  get first() {
    return this.blocks[0] ?? null;
  }

  /** Up to `most` samples off the first block, {turn, position, samples}. */
  take(most) {
    const { turn, position, samples } = this.blocks.shift();
    const rest = samples.subarray(most);
    if (rest.length) this.blocks.unshift({ turn, position: position + most, samples: rest });
    this.held -= samples.length - rest.length;
    return { turn, position, samples: samples.subarray(0, most) };
  }

  clear(turn) {
    this.cleared.add(turn);
    this.#drop(turn);
  }

  /** Forget what is here of a turn, which may come again from this place on. */
  hold(turn, position) {
    this.#drop(turn);
    this.end = { turn, position };
  }

  #drop(turn) {
    this.blocks = this.blocks.filter((block) => block.turn !== turn);
    this.held = this.blocks.reduce((sum, { samples }) => sum + samples.length, 0);
  }
}
