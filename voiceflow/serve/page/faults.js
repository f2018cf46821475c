/** What went wrong, in words that say what to do. Does no I/O. */

const MICROPHONE = {
  NotAllowedError:
    "The microphone was not allowed. Allow it at the left of the address bar and start again; or type your message.",
  NotFoundError: "There is no microphone. Connect one and start again; or type your message.",
  NotReadableError: "Another program holds the microphone. Close that one and start again; or type your message.",
  OverconstrainedError: "The microphone that was chosen is not there any more. Choose another under Settings.",
};

/** Of `getUserMedia`, by the name of its exception. */
export function microphoneFault(error) {
  return MICROPHONE[error.name] ?? `The microphone does not work (${error.name}). You can type your message instead.`;
}

/** Of a page that has no devices at all: browsers give them to secure pages alone. */
export function deviceFault({ isSecureContext, host }) {
  if (!isSecureContext) {
    return `Browsers give microphone and loudspeaker to secure pages only, and http://${host} is none: you can type and read. To talk, open the page by https, or by http://localhost on the machine itself.`;
  }
  return "This browser gives a page no microphone. A recent Firefox, Chrome, Edge or Safari does.";
}

const FAREWELLS = {
  "hung up": null,
  ended: "The agent ended the call.",
  limit: "The call took as long as a call may take here. Start again for another.",
  drain: "The server is being stopped; it ended the call. Start again in a moment.",
  failed: "The call broke at the server, whose log says why. Start again for another.",
  replaced: "This call goes on in another window.",
  refused: null, // an error said why
};

/** Why a call is over that the server ended, or null where that is clear. */
export function farewell(reason) {
  return reason in FAREWELLS ? FAREWELLS[reason] : `The call is over: ${reason}.`;
}

/** Of a call that never began, or a socket that was cut and did not come back; a browser does not tell a page why. */
export function lineFault(begun, ready) {
  if (ready === null) {
    const ask = "Is voiceflow serve still running, and the network there?";
    return `The server ${begun ? "was lost, and " : ""}cannot be reached. ${ask} Start again to try once more.`;
  }
  if (begun) return "The line was cut for longer than a call is kept. Start again for a new call.";
  if (ready === 503) return "The server takes no more calls now: it has as many as it may, or is ending. Try again in a moment.";
  return "The server refused the call. It may want a token that is missing here or too old: open the page by the address that the server printed.";
}

/** Of an `error` message. */
export function serverFault({ code, message }) {
  return message || `The server told a fault: ${code}.`;
}
