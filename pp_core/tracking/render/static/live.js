// Follows one activity: asks our own server for what is new while somebody looks, and says how old that is.
"use strict";

(() => {
  const page = document.getElementById("live");
  const state = document.getElementById("state");
  const age = document.getElementById("age");
  const map = window[page.querySelector(".folium-map").id];
  const EVERY = Number(page.dataset.seconds) * 1000;
  const SLOWEST = 60000;
  const METRES = Number(page.dataset.metres);
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always", style: "long" });

  const way = L.polyline([], { className: "way", weight: 5, interactive: false }).addTo(map);
  const here = L.circleMarker([0, 0], { className: "here", radius: 8, fillOpacity: 1, interactive: false });
  let after = 0;
  let pause = EVERY;
  let timer = 0;
  let asking = false;
  let over = false;
  let follows = true;
  let seen = null; // performance.now() when the last point was taken: the looker's own clock does not matter
  let end = performance.now() + Number(page.dataset.expires) * 1000;

  // Whoever moves the map looks at something, and is left to it.
  map.on("dragstart", () => { follows = false; });

  function say(which) {
    state.textContent = state.dataset[which];
    state.className = "state " + which;
  }

  function clock(seconds) {
    const whole = Math.round(seconds);
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
    return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  }

  function put(name, text) {
    document.getElementById(name).textContent = text;
  }

  function show(told) {
    if (told.points.length) {
      after = told.points[told.points.length - 1].at;
      told.points.forEach((point) => way.addLatLng([point.lat, point.lon]));
      const all = way.getLatLngs();
      here.setLatLng(all[all.length - 1]).addTo(map);
      if (follows) map.fitBounds(way.getBounds(), { maxZoom: 16, padding: [32, 32], animate: false });
    }
    seen = told.last_at === null ? null : performance.now() - (told.now - told.last_at);
    put("distance", told.distance_m < 1000 ? `${Math.round(told.distance_m)} m` : `${(told.distance_m / 1000).toFixed(2)} km`);
    put("moving", clock(told.moving_s));
    const speed = told.speed > 0.1 ? told.speed : null;
    put("pace", speed === null ? "–" : `${METRES ? clock(METRES / speed) : (speed * 3.6).toFixed(1)} ${page.dataset.unit}`);
    end = performance.now() + told.expires_s * 1000;
    say(told.last_at === null && told.status === "live" ? "waiting" : told.status);
    tick();
  }

  function stop(which) {
    over = true;
    clearTimeout(timer);
    say(which);
  }

  function expire() {
    stop("expired");
    way.remove();
    here.remove();
    age.textContent = "";
    ["distance", "moving", "pace"].forEach((name) => put(name, "–"));
  }

  async function ask() {
    clearTimeout(timer);
    if (over || asking || document.hidden) return;
    asking = true;
    try {
      const answer = await fetch(`${page.dataset.source}?after=${after}`, { credentials: "omit", cache: "no-store" });
      if (answer.status === 404 || answer.status === 410) return expire();
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      pause = EVERY;
      show(told);
      if (told.status === "finished") return stop("finished");
    } catch {
      pause = Math.min(pause * 2, SLOWEST);
      say("lost");
    } finally {
      asking = false;
    }
    timer = setTimeout(ask, pause);
  }

  function tick() {
    if (over || document.hidden) return;
    if (performance.now() >= end) return expire();
    if (seen === null) return;
    const seconds = Math.max(0, Math.round((performance.now() - seen) / 1000));
    const ago = seconds < 120 ? words.format(-seconds, "second") : words.format(-Math.floor(seconds / 60), "minute");
    age.textContent = `${age.dataset.said}: ${ago}`;
  }

  // Who does not look costs nothing: neither their battery nor our server.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      tick();
      ask();
    }
  });
  setInterval(tick, 1000);
  ask();
})();
