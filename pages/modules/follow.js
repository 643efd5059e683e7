// Follows what happens: #live holds the part of the page that the server draws; a newer one comes as an event, or is asked for every
// few seconds where events do not get through. Without either the page keeps its own "look again" button.
//
//   <p id="said" role="status">, <div id="live" data-live="events from here" data-now-at="or ask here"><section data-step data-version
//   data-say>: web::live_part() writes it. A version seen already is left as it is, with what somebody types into it.
const askEvery = 5000, trySoon = 4000;

export function follow({ onChange }) {
    const live = document.getElementById('live');
    const address = live && live.dataset.live;
    if (!address) return;
    let polling = 0, source = null;

    const works = () => {  // then nobody needs to look by hand
        for (const each of live.querySelectorAll('[data-fallback]')) each.hidden = true;
    };
    const stop = () => {
        if (source) source.close();
        clearInterval(polling);
        source = null;
        polling = 0;
    };
    const put = (html) => {
        const part = new DOMParser().parseFromString(html, 'text/html').body.firstElementChild;
        if (!part || !part.dataset.step) return;
        const before = live.firstElementChild;
        if (part.dataset.version !== before.dataset.version) {
            const step = before.dataset.step !== part.dataset.step || before.dataset.say !== part.dataset.say;
            const hadFocus = live.contains(document.activeElement) && document.activeElement.tagName !== 'INPUT';
            live.textContent = '';
            live.appendChild(part);
            onChange(live, part);
            if (step) {
                const said = document.getElementById('said');
                if (said) said.textContent = part.dataset.say || '';
                const heading = part.querySelector('h1');
                if (heading && hadFocus) heading.focus();
                if (heading) document.title = document.title.replace(/^.*?(?= · |$)/, heading.textContent);
            }
        }
        works();
        if (part.hasAttribute('data-final')) stop();
    };
    const ask = async () => {
        try {
            const answer = await fetch(live.dataset.nowAt, { credentials: 'same-origin' });
            if (answer.ok) put(await answer.text());
        } catch { /* the next try may get through */ }
    };
    const poll = () => {
        if (polling) return;
        polling = setInterval(ask, askEvery);
        ask();
    };
    const listen = () => {
        if (!window.EventSource) return poll();
        source = new EventSource(address);
        // A proxy that holds events back looks like silence: ask meanwhile.
        const silent = setTimeout(poll, trySoon);
        source.addEventListener('status', (event) => {
            clearTimeout(silent);
            clearInterval(polling);
            polling = 0;
            put(event.data);
        });
        source.addEventListener('error', () => {
            if (source && source.readyState === EventSource.CLOSED) poll();
        });
    };
    listen();
    // A page that comes back from the phone's other app may have missed everything.
    document.addEventListener('visibilitychange', () => {
        if (!document.hidden && (source || polling)) ask();
    });
    window.addEventListener('pageshow', (event) => {
        if (event.persisted) location.reload();
    });
}
