/** The page: what the user does goes to the call, and what the call tells is shown. */
import { Call } from "./call.js";
import { Camera } from "./camera.js";
import { STATE } from "./connection.js";
import { Conversation } from "./conversation.js";
import { byId } from "./dom.js";
import { microphoneFault } from "./faults.js";
import { GraphView } from "./graph.js";
import { Meter } from "./meter.js";
import { socketAddress } from "./protocol.js";
import { RoomView } from "./room.js";
import { Settings } from "./settings.js";
import { WaterfallView } from "./waterfall.js";

const LINE = {
  [STATE.IDLE]: "No call",
  [STATE.CONNECTING]: "Connecting",
  [STATE.OPEN]: "Connected",
  [STATE.CUT]: "Coming back",
};
const DOING = { thinking: "Thinking", speaking: "Speaking" }; // the agent; else it waits
const FIGURES_EVERY = 1000; // ms

const call = new Call(socketAddress(location.href));
const conversation = new Conversation(byId("conversation"));
const graph = new GraphView(byId("graph"), byId("wire-rows"));
const waterfall = new WaterfallView(byId("times"), byId("stages"));
const meters = { heard: new Meter(byId("heard")), spoken: new Meter(byId("spoken")) };
const settings = new Settings(
  { dialog: byId("settings-dialog"), source: byId("source"), sink: byId("sink"), by: byId("by"), theme: byId("theme") },
  (name, value) => {
    if (name === "source" && call.microphone.open) call.hearBy(value);
    if (name === "sink") call.player.choose(value);
  },
);
const camera = new Camera(byId("preview"));
const room = new RoomView(
  { room: byId("room"), present: byId("present"), hears: byId("hears"), sending: byId("sending"), to: byId("to") },
  (name) => call.hearAlone(name),
);
let waiting = []; // typed before the line was open

function waitingFor() {
  if (!call.microphone.open) return "Type to the agent";
  return call.muted ? "You are muted" : "Listening";
}

function doing(text) {
  if (byId("doing").textContent !== text) byId("doing").textContent = text;
}

function fault(text) {
  byId("fault").hidden = !text;
  byId("fault").textContent = text ?? "";
}

/** One frame, in front of what the user says next. */
function show() {
  const picture = camera.frame();
  call.show(picture);
  conversation.picture(picture);
}

function cameraIs(on) {
  if (!on) camera.stop();
  byId("viewfinder").hidden = !on;
  byId("camera").setAttribute("aria-pressed", on);
}

const MESSAGES = {
  state({ user, agent }) {
    if (user === "speaking" && byId("orb").dataset.user !== "speaking" && camera.on) show();
    byId("orb").dataset.agent = agent;
    byId("orb").dataset.user = user;
    doing(user === "speaking" && agent !== "speaking" ? "Hearing you" : (DOING[agent] ?? waitingFor()));
    byId("interrupt").disabled = agent !== "speaking" && agent !== "thinking";
  },
  transcript: ({ speaker, ...told }) => conversation.transcript(told, room.nameOf(speaker)),
  room: (message) => room.show(message),
  message: ({ from, to, text }) => conversation.wrote(from, to === null ? "the others" : "you", text),
  error({ message }) {
    if (message?.startsWith("image:")) cameraIs(false);
  },
  phrase: (message) => conversation.phrase(message),
  ended: (message) => conversation.ended(message),
  waterfall: (message) => waterfall.add(message),
  wires: ({ wires }) => graph.update(wires),
};

const EVENTS = {
  line(state) {
    byId("line").dataset.state = state;
    byId("line-text").textContent = LINE[state];
    byId("start").textContent = call.live ? "End the call" : "Start talking";
    byId("start").classList.toggle("main", !call.live);
    byId("start").classList.toggle("end", call.live);
    byId("mute").textContent = state === STATE.OPEN && !call.microphone.open ? "Talk" : "Mute";
    byId("mute").disabled = state !== STATE.OPEN;
    byId("camera").disabled = state !== STATE.OPEN;
    if (state === STATE.IDLE) {
      byId("interrupt").disabled = room.hidden = true;
      cameraIs(false);
    }
    if (state !== STATE.OPEN) byId("orb").dataset.agent = "idle";
    if (state === STATE.CUT) doing("The line was cut; the call waits for it");
    if (state === STATE.OPEN) {
      doing(waitingFor());
      waiting.splice(0).forEach((text) => call.say(text));
    }
  },
  begun(welcome) {
    conversation.begin(welcome.audio.out.rate);
    waterfall.begin();
    graph.show(welcome.graph);
    byId("no-graph").hidden = welcome.graph !== null;
    byId("graph-hint").hidden = byId("wires").hidden = welcome.graph === null;
    byId("call").textContent = welcome.call;
  },
  message: (message) => MESSAGES[message.type]?.(message),
  sounded(report) {
    conversation.sounded(report);
    meters.spoken.level = report.level;
    byId("orb").style.setProperty("--level", meters.spoken.shown.toFixed(2));
    byId("ahead").textContent = `${Math.round(1000 * report.ahead)} ms`;
    byId("breaks").textContent = report.breaks ?? byId("breaks").textContent;
    byId("missed").textContent = `${Math.round((1000 * report.missed) / call.rate)} ms`;
  },
  heard(level) {
    meters.heard.level = level;
  },
  fault,
  over(text) {
    if (text) fault(text);
    doing("The call is over");
    conversation.note("The call is over.");
  },
};
for (const [name, act] of Object.entries(EVENTS)) call.addEventListener(name, ({ detail }) => act(detail));

async function start(microphone) {
  fault(null);
  doing(microphone ? "Asking for the microphone" : "Connecting");
  byId("welcome")?.remove();
  await call.start({ microphone, devices: settings.devices() });
}

byId("start").addEventListener("click", () => (call.live ? call.hangUp() : start(true)));

byId("mute").addEventListener("click", async ({ currentTarget }) => {
  if (call.microphone.open) call.muted = !call.muted;
  else await call.hearBy((await settings.devices()).source);
  currentTarget.setAttribute("aria-pressed", call.muted);
  if (byId("orb").dataset.agent !== "speaking") doing(waitingFor());
});

byId("interrupt").addEventListener("click", () => call.interrupt());

document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && !byId("settings-dialog").open && call.live) call.interrupt();
});

byId("type").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (!text) return;
  byId("text").value = "";
  const { agent, name } = room.reader;
  if (!agent) {
    call.write(text, name);
    return conversation.wrote("You", name ?? "the others", text);
  }
  if (camera.on) show();
  if (call.state === STATE.OPEN) call.say(text);
  else waiting.push(text);
  if (!call.live) start(false);
  conversation.typed(text);
});

byId("camera").addEventListener("click", async () => {
  if (camera.on) return cameraIs(false);
  try {
    await camera.start();
    cameraIs(call.live);
  } catch (error) {
    fault(microphoneFault(error).replaceAll("microphone", "camera"));
  }
});

byId("show").addEventListener("click", show);

byId("settings").addEventListener("click", () => settings.open());

setInterval(() => {
  const { roundTrip, dropped } = call.connection ?? {};
  if (roundTrip != null) byId("round-trip").textContent = `${roundTrip.toFixed(roundTrip < 10 ? 1 : 0)} ms`;
  if (dropped != null) byId("dropped").textContent = `${20 * dropped} ms`;
}, FIGURES_EVERY);

addEventListener("pagehide", () => call.hangUp());
