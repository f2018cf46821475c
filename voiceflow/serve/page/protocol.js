/** Version 1 of the WebSocket protocol, see docs/protocol.md: values to bytes and text, and back. Does no I/O. */

export const VERSION = 1;
export const SUBPROTOCOL = `voiceflow.${VERSION}`;

/** A block of the agent's voice starts with its turn (uint32) and the index of its first sample in it (uint64). */
const HEADER_BYTES = 12;

/** The first message of a client. `resume` is the secret of an earlier welcome, or null. */
export function hello({ inRate, outRate, codec, watch, resume }) {
  const audio = { in: { codec, rate: inRate }, out: { codec, rate: outRate } };
  return { type: "hello", version: VERSION, audio, watch, resume };
}

/** The address of the socket that belongs to a page; a room, a name and a token in the page's own are handed on. */
export function socketAddress(page) {
  const { protocol, host, searchParams, hash } = new URL(page);
  const behind = new URLSearchParams(hash.slice(1));
  const told = ["room", "name", "token"].map((name) => [name, searchParams.get(name) ?? behind.get(name)]);
  const query = String(new URLSearchParams(told.filter(([, value]) => value)));
  const scheme = protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${host}/ws${query && `?${query}`}`;
}

/** A text message as an object with a `type`, or null for what is none. */
export function message(text) {
  try {
    const value = JSON.parse(text);
    return typeof value?.type === "string" ? value : null;
  } catch {
    return null;
  }
}

/** A binary message of Opus as {turn, position, data}, or null for what is none. */
export function packet(buffer) {
  if (buffer.byteLength <= HEADER_BYTES) return null;
  const view = new DataView(buffer);
  const [turn, position] = [view.getUint32(0, true), Number(view.getBigUint64(4, true))];
  return { turn, position, data: buffer.slice(HEADER_BYTES) };
}

/** A binary message as {turn, position, samples (Float32Array)}, or null for what is none. */
export function audio(buffer) {
  const payload = buffer.byteLength - HEADER_BYTES;
  if (payload < 0 || payload % 2) return null;
  const view = new DataView(buffer);
  const samples = new Float32Array(payload / 2);
  for (let n = 0; n < samples.length; n++) samples[n] = view.getInt16(HEADER_BYTES + 2 * n, true) / 32768;
  return { turn: view.getUint32(0, true), position: Number(view.getBigUint64(4, true)), samples };
}

/** Samples within -1 and 1 as little-endian PCM16. */
export function pcm16(samples) {
  const view = new DataView(new ArrayBuffer(2 * samples.length));
  samples.forEach((sample, n) => {
    view.setInt16(2 * n, Math.max(-32768, Math.min(32767, Math.round(sample * 32768))), true);
  });
  return view.buffer;
}
