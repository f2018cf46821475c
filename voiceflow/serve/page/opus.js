/** Opus by the browser's own codecs (WebCodecs), for a call by WebSocket. */

const FRAME = 20000; // µs of a packet
const BITRATE = 40000;

const encoding = (rate) => ({
  codec: "opus",
  sampleRate: rate,
  numberOfChannels: 1,
  bitrate: BITRATE,
  opus: { frameDuration: FRAME, application: "voip" },
});
const decoding = (rate) => ({ codec: "opus", sampleRate: rate, numberOfChannels: 1 });

/** Whether the browser can send Opus of one rate and play that of another. */
export async function hasOpus({ inRate, outRate }) {
  if (!("AudioEncoder" in globalThis)) return false;
  const [sends, plays] = await Promise.all([
    AudioEncoder.isConfigSupported(encoding(inRate)),
    AudioDecoder.isConfigSupported(decoding(outRate)),
  ]);
  return sends.supported && plays.supported;
}

/** The microphone's PCM16 as packets, which `take(bytes)` gets. */
export class OpusSender {
  constructor(rate, take) {
    this.rate = rate;
    this.sent = 0; // samples
    this.encoder = new AudioEncoder({
      output: (chunk) => {
        const bytes = new ArrayBuffer(chunk.byteLength);
        chunk.copyTo(bytes);
        take(bytes);
      },
      error: () => null, // it is closed, and nothing is sent any more
    });
    this.encoder.configure(encoding(rate));
  }

  push(bytes) {
    if (this.encoder.state !== "configured") return;
    const data = new Int16Array(bytes); // browsers run on little-endian machines alone
    const timestamp = Math.round((1e6 * this.sent) / this.rate);
    const format = { format: "s16", sampleRate: this.rate, numberOfChannels: 1 };
    const sound = new AudioData({ ...format, numberOfFrames: data.length, timestamp, data });
    this.encoder.encode(sound);
    sound.close();
    this.sent += data.length;
  }

  close() {
    if (this.encoder.state !== "closed") this.encoder.close();
  }
}

/** The server's packets as blocks {turn, position, samples}, which `play` gets; they come out in the order they went in. */
export class OpusReceiver {
  constructor(rate, play) {
    this.places = []; // of what is being decoded
    this.decoder = new AudioDecoder({
      output: (sound) => {
        const samples = new Float32Array(sound.numberOfFrames);
        sound.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
        sound.close();
        const { forgotten, ...place } = this.places.shift();
        if (!forgotten) play({ ...place, samples });
      },
      error: () => null, // what comes then is silence
    });
    this.decoder.configure(decoding(rate));
  }

  push({ turn, position, data }) {
    if (this.decoder.state !== "configured") return;
    this.places.push({ turn, position });
    this.decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: 0, duration: FRAME, data }));
  }

  /** What is being decoded is not to be played. */
  forget() {
    for (const place of this.places) place.forgotten = true;
  }

  close() {
    if (this.decoder.state !== "closed") this.decoder.close();
  }
}
