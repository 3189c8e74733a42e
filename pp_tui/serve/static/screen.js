// Joins textual.js to our page: where the socket is, what opens from the screen, and what is said when it ends.
"use strict";

const terminal = document.getElementById("terminal");
const SIGNED_OUT = 4001;
const LONGEST = 64 * 1024; // a pasted text; the server ends a screen that sends several times as much

// In the path, because textual.js writes its own query behind it.
const look = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
terminal.dataset.sessionWebsocketUrl = location.origin.replace(/^http/, "ws") + "/socket/" + look;

// textual.js opens links that stand on the screen, and fetches files that it gives away. Only the files are ours.
window.open = (address) => {
  if (address && String(address).startsWith(location.origin + "/download/")) {
    location.assign(address);
  }
  return null;
};

// What happens to a socket is told to it alone; textual.js makes it and keeps it.
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener("open", () => setTimeout(type));
    this.addEventListener("close", (closing) => ended(closing.code));
  }

  send(message) {
    if (message.length <= LONGEST) {
      super.send(message);
    }
  }
};

// Whoever opened the page wants to type. Not sooner: the terminal tells the socket that it was chosen.
function type() {
  const keys = terminal.querySelector("textarea");
  if (keys) {
    keys.setAttribute("aria-label", document.title); // xterm.js names it in English
    keys.focus();
  }
}

function ended(code) {
  if (code === SIGNED_OUT) {
    location.assign("/sign-in?lang=" + document.documentElement.lang);
    return;
  }
  const why = document.getElementById("why");
  why.textContent = why.getAttribute("data-code-" + code) || why.dataset.lost;
  document.body.classList.add("-closed");
  document.getElementById("again").focus();
}
