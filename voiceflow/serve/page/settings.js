/** Which microphone, which loudspeaker, which line, light or dark; kept in the browser. */
import { html } from "./dom.js";

export class Settings {
  /** Elements: `dialog`, and the selects `source`, `sink`, `by` and `theme`. `changed(name, value)` tells a choice. */
  constructor({ dialog, source, sink, by, theme }, changed) {
    this.dialog = dialog;
    this.selects = { source, sink, by, theme };
    for (const [name, select] of Object.entries(this.selects)) {
      select.addEventListener("change", () => this.#choose(name, select.value, changed));
    }
    this.#restore("by");
    this.#restore("theme");
    this.#dress();
    sink.closest("p").hidden = !("setSinkId" in AudioContext.prototype);
    navigator.mediaDevices?.addEventListener("devicechange", () => this.list());
  }

  of(name) {
    return localStorage.getItem(`voiceflow.${name}`) ?? "";
  }

  #restore(name) {
    const values = [...this.selects[name].options].map(({ value }) => value);
    this.selects[name].value = values.includes(this.of(name)) ? this.of(name) : "";
  }

  #choose(name, value, changed) {
    localStorage.setItem(`voiceflow.${name}`, value);
    this.#dress();
    changed(name, value);
  }

  #dress() {
    const theme = this.of("theme");
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  }

  async open() {
    await this.list();
    this.dialog.showModal();
  }

  /** Browsers tell the names of devices only once one was allowed. */
  async list() {
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    this.#fill("source", devices.filter(({ kind }) => kind === "audioinput"));
    this.#fill("sink", devices.filter(({ kind }) => kind === "audiooutput"));
  }

  #fill(name, devices) {
    const select = this.selects[name];
    const known = devices.filter(({ deviceId }) => deviceId && deviceId !== "default");
    const options = known.map(({ deviceId, label }, n) => html("option", { value: deviceId }, label || `Device ${n + 1}`));
    select.replaceChildren(html("option", { value: "" }, "The system's choice"), ...options);
    select.value = known.some(({ deviceId }) => deviceId === this.of(name)) ? this.of(name) : "";
  }

  /** {source, sink, by}: those that were chosen, as far as they are there. */
  async devices() {
    await this.list();
    return { source: this.selects.source.value, sink: this.selects.sink.value, by: this.selects.by.value };
  }
}
