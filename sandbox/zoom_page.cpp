// zoom_page.cpp: /zoom, the meetings that exist at the played Zoom, for people at a demo.
#include "sandbox/pages.hpp"

namespace clinicpro::sandbox {

const std::string_view kZoomHtml = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox Zoom</title>
<link rel="stylesheet" href="/phone.css">
<script src="/zoom.js" defer></script>
</head>
<body>
<header>
  <h1>Sandbox Zoom</h1>
  <p>Invented meetings of invented hosts. Nothing here reaches Zoom.</p>
</header>
<main>
  <section id="phones" aria-labelledby="live-title">
    <h2 id="live-title">Meetings that exist: <span id="count">0</span></h2>
    <ul id="phone-list"></ul>
    <p id="note" role="status"></p>
  </section>
</main>
</body>
</html>
)html";

const std::string_view kZoomJs = R"js('use strict';
const list = document.getElementById('phone-list');
const note = document.getElementById('note');
let shown = '';

function words(meeting) {
  const locks = [];
  if (meeting.settings.waiting_room) locks.push('waiting room');
  if (meeting.has_passcode) locks.push('passcode');
  const when = new Date(meeting.start_time).toLocaleString('en-GB', { timeZone: 'Africa/Nairobi', dateStyle: 'medium',
    timeStyle: 'short' });
  return `${meeting.id} · ${meeting.topic} · ${when}, ${meeting.duration} min · ${meeting.state} · ` +
    (locks.join(' and ') || 'no lock') + ` · recording ${meeting.settings.auto_recording}`;
}

async function act(id, action) {
  const answer = await fetch(`/_sandbox/zoom/meetings/${id}/act`, { method: 'POST', body: JSON.stringify({ action }) });
  note.textContent = answer.ok ? '' : (await answer.json()).detail;
  await refresh();
}

function row(meeting) {
  const item = document.createElement('li');
  const text = document.createElement('p');
  text.textContent = words(meeting);
  item.append(text);
  const action = meeting.state === 'started' ? 'end' : 'start';
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = action === 'start' ? 'Start the meeting' : 'End the meeting';
  button.setAttribute('aria-label', `${button.textContent} ${meeting.id}`);
  button.addEventListener('click', () => act(meeting.id, action));
  item.append(button);
  return item;
}

async function refresh() {
  try {
    const answer = await fetch('/_sandbox/zoom/meetings');
    const text = await answer.text();
    if (text === shown) return;
    shown = text;
    const truth = JSON.parse(text);
    document.getElementById('count').textContent = truth.live;
    list.replaceChildren(...truth.meetings.map(row));
  } catch {
    note.textContent = 'The sandbox does not answer.';
  }
}
refresh();
setInterval(refresh, 1000);
)js";

}  // namespace clinicpro::sandbox
