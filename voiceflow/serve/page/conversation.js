/** What was said: the user's words as they come, the agent's as they are heard. */
import { html } from "./dom.js";
import { heard, words } from "./words.js";

const NEAR = 80; // px from its end within which the view is kept there

export class Conversation {
  constructor(element) {
    this.element = element;
    this.following = true; // whether the end is in view, and is to stay there
    element.addEventListener("scroll", () => {
      this.following = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    });
    new ResizeObserver(() => this.#follow()).observe(element);
    this.begin(24000);
  }

  /** A new call, under the words of the last one. `rate` is what its positions count. */
  begin(rate) {
    this.rate = rate;
    this.replies = new Map(); // by turn: {entry, phrases: by begin, {begin, words, spans}}
    this.open = null; // the user's entry that may still grow: {entry, said, unsure}
  }

  #add(entry) {
    this.element.append(entry);
    this.#follow();
  }

  #follow() {
    if (this.following) this.element.scrollTop = this.element.scrollHeight;
  }

  note(text) {
    this.#add(html("p", { class: "note" }, text));
  }

  typed(text) {
    this.#add(entryOf("user", "You, typed", html("p", {}, text)));
    this.open = null;
  }

  picture(address) {
    this.#add(entryOf("user", "You, a picture", html("img", { src: address, alt: "What your camera showed" })));
    this.open = null;
  }

  /** A caller in the room wrote this to another, or to all others. */
  wrote(name, to, text) {
    this.#add(entryOf("user", `${name}, to ${to}`, html("p", {}, text)));
    this.open = null;
  }

  /** All of the open utterance; a final one closes it, and what comes next stands behind it. `name` is another's. */
  transcript({ text, final }, name = null) {
    if (this.open && this.open.name !== name) this.open = null;
    if (!this.open) {
      if (!text) return;
      const [said, unsure] = [html("span"), html("span", { class: "unsure" })];
      this.open = { said, unsure, name };
      this.#add(entryOf("user", name ?? "You", html("p", {}, said, unsure)));
    }
    const { said, unsure } = this.open;
    unsure.textContent = final ? "" : ` ${text}`;
    if (final) said.textContent = `${said.textContent} ${text}`.trim();
    this.#follow();
  }

  #reply(turn) {
    if (!this.replies.has(turn)) {
      const line = html("p");
      const reply = { entry: entryOf("agent", "Agent", line), line, phrases: new Map(), position: 0 };
      this.replies.set(turn, reply);
      this.#add(reply.entry);
      this.open = null;
    }
    return this.replies.get(turn);
  }

  /** A phrase is on its way; one that begins where another does takes its place. */
  phrase({ turn, ...told }) {
    const reply = this.#reply(turn);
    const pieces = words(told, this.rate);
    const spans = pieces.map(({ text }) => html("span", { class: "word" }, text));
    reply.phrases.get(told.begin)?.spans.forEach((span) => span.remove());
    reply.phrases.set(told.begin, { begin: told.begin, words: pieces, spans });
    const inOrder = [...reply.phrases.values()].sort((a, b) => a.begin - b.begin);
    reply.line.replaceChildren(...inOrder.flatMap(({ spans }) => spans.flatMap((span) => [span, " "])));
    this.#mark(reply);
    this.#follow();
  }

  sounded({ turn, position, playing }) {
    const reply = this.replies.get(turn);
    if (!reply) return;
    reply.position = position;
    reply.playing = playing;
    this.#mark(reply);
  }

  #mark(reply) {
    if (reply.text !== undefined) return this.#settle(reply);
    const spans = [];
    for (const phrase of reply.phrases.values()) {
      const count = heard(phrase.words, reply.position, phrase.begin);
      phrase.spans.forEach((span, n) => span.classList.toggle("heard", n < count));
      spans.push(...phrase.spans.slice(0, count));
    }
    reply.sounding?.classList.remove("sounding");
    reply.sounding = reply.playing ? spans.at(-1) : undefined;
    reply.sounding?.classList.add("sounding");
  }

  /** Until now it was reckoned which words are heard, as far as the voice did not tell; now it is known. */
  #settle(reply) {
    const count = reply.text.match(/\S+/g)?.length ?? 0;
    reply.sounding?.classList.remove("sounding");
    reply.line.querySelectorAll(".word").forEach((span, n) => span.classList.toggle("heard", n < count));
  }

  /** The turn is over: `text` is what was heard of it. */
  ended({ turn, text, interrupted }) {
    if (!text && !this.replies.has(turn)) return;
    const reply = this.#reply(turn);
    reply.text = text;
    this.#mark(reply);
    reply.entry.classList.add(interrupted ? "interrupted" : "done");
    if (!reply.phrases.size) reply.line.append(text);
    if (interrupted) reply.entry.append(html("p", { class: "aside" }, "interrupted: the rest was not heard"));
  }
}

function entryOf(who, name, ...content) {
  return html("article", { class: `entry ${who}` }, html("h3", {}, name), ...content);
}
