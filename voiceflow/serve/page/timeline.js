/** What a track that never stops carries, by its RTP time stamps: the server tells each change. Does no I/O. */

/** Samples from one time stamp to another; they begin again at 2 ** 32. */
export function samples(from, to) {
  return (to - from) | 0;
}

export class Timeline {
  constructor() {
    this.changes = []; // {rtp, turn, position, sounds, again}: the one that holds, and those to come
    this.again = false; // whether something was silenced
  }

  push({ rtp, turn, position, sounds }) {
    this.changes.push({ rtp, turn, position, sounds, again: this.again });
  }

  /** Where the track is at a time stamp, {turn, position, playing}; null before anything is known. */
  at(rtp) {
    while (this.changes.length > 1 && samples(this.changes[1].rtp, rtp) >= 0) this.changes.shift();
    const [change] = this.changes;
    if (!change || samples(change.rtp, rtp) < 0) return null;
    const { turn, position, sounds } = change;
    return { turn, position: position + (sounds ? samples(change.rtp, rtp) : 0), playing: sounds };
  }

  /** What is known by now is not to be heard; what is told from here on is, be it the same turn. */
  silence() {
    this.again = true;
    for (const change of this.changes) change.again = false;
  }

  /** Whether another turn than this one sounds within so many samples, or this one again. */
  soon(turn, rtp, within) {
    return this.changes.some(
      (change) =>
        change.sounds && (change.turn !== turn || change.again) && samples(rtp, change.rtp) < within,
    );
  }
}
