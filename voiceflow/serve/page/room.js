/** A room: who is there, whom the agent hears, and to whom what is typed goes. */
import { html } from "./dom.js";

const AGENT = "agent"; // values of the choices; a name has a colon in front of it
const ALL = "all";

function fill(select, choices) {
  const chosen = select.value;
  select.replaceChildren(...choices.map(([value, text]) => html("option", { value }, text)));
  select.value = choices.some(([value]) => value === chosen) ? chosen : choices[0][0];
}

export class RoomView {
  /** Elements: `room` around `present`, `hears` and their labels; `to` within `sending`. `address(name)`: null for all. */
  constructor({ room, present, hears, sending, to }, address) {
    Object.assign(this, { room, present, hears, sending, to });
    this.you = null;
    hears.addEventListener("change", () => address(hears.value === ALL ? null : hears.value.slice(1)));
  }

  show({ room, you, participants, hears }) {
    this.you = you;
    const others = participants.filter((name) => name !== you);
    const named = (names) => names.map((name) => [`:${name}`, name === you ? `${name} (you)` : name]);
    this.present.textContent = `Room ${room}: you, as ${you}, and ${others.join(", ") || "nobody else"}.`;
    fill(this.hears, [[ALL, "Everybody"], ...named(participants)]);
    this.hears.value = hears === null ? ALL : `:${hears}`;
    fill(this.to, [[AGENT, "The agent"], ...(others.length ? [[ALL, "All others"]] : []), ...named(others)]);
    this.hidden = false;
  }

  /** No room any more: the next call may be none. */
  set hidden(hidden) {
    this.room.hidden = this.sending.hidden = hidden;
    if (hidden) this.to.replaceChildren();
  }

  /** Whom what is typed is for: {agent: true}, or {name}, null for all others. */
  get reader() {
    const { value } = this.to;
    if (!value || value === AGENT) return { agent: true };
    return { agent: false, name: value === ALL ? null : value.slice(1) };
  }

  /** Of who spoke; null for the user, who is alone in any other call. */
  nameOf(speaker) {
    return speaker === null ? "Somebody" : speaker === this.you ? null : (speaker ?? null);
  }
}
