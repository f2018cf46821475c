/** How loud it is, as a bar from silence (-60 dB) to full scale. */

const FLOOR = -60; // dB
const FALL = 0.85; // of what it showed, a block later: a meter falls more slowly than it rises

export class Meter {
  constructor(element) {
    this.element = element;
    this.shown = 0;
  }

  /** RMS of a block, 0 to 1. */
  set level(level) {
    const loud = level > 0 ? Math.max(0, 1 - (20 * Math.log10(level)) / FLOOR) : 0;
    this.shown = level > 0 ? Math.max(loud, FALL * this.shown) : 0;
    this.element.style.setProperty("--level", this.shown.toFixed(3));
    this.element.setAttribute("aria-valuenow", Math.round(100 * this.shown));
  }
}
