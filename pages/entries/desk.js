// The desk gets live: when anything of the clinic changed, it asks for the page again and puts the new state of each [data-live]
// part in the place of the old one, unless somebody is at work in it. Everything works without this.
const kCalm = 300;  // milliseconds; changes come in handfuls
const root = document.querySelector('[data-follow]');

async function refresh() {
    const answer = await fetch(location.href, { headers: { 'X-Desk-Live': '1' }, redirect: 'error' });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const old of document.querySelectorAll('[data-live]')) {
        const now = fresh.getElementById(old.id);
        const busy = old.contains(document.activeElement) && document.activeElement.matches('input, select, textarea');
        if (!now || busy || old.querySelector('details[open]') || now.textContent === old.textContent) continue;
        old.replaceWith(document.importNode(now, true));
        document.getElementById(old.id).classList.add('fresh');
    }
}

// One stream a page; its events say no more than that something changed since `last`, which the page itself knew. A browser without
// streams shows what it was given.
function follow(address, last) {
    let waiting = false;
    const events = new EventSource(address);
    events.addEventListener('status', async ({ data }) => {
        const changed = last !== null && data !== last;
        last = data;
        if (!changed || waiting) return;
        waiting = true;
        await new Promise((later) => setTimeout(later, kCalm));
        waiting = false;
        refresh().catch(() => { /* the network is away for a moment; the next change asks again */ });
    });
}
if (root && window.EventSource && document.querySelector('[data-live]')) follow(root.dataset.follow, root.dataset.seen ?? null);

// On a phone the menu is wider than the screen: the page one is on is in sight.
document.querySelector('.desk-menu [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });

// A link to copy: the whole of it is chosen by one touch, and copied where the browser lets us.
for (const input of document.querySelectorAll('input.copy')) {
    input.addEventListener('click', async () => {
        input.select();
        try {
            await navigator.clipboard.writeText(input.value);
            input.classList.add('fresh');
        } catch { /* it is chosen; copying by hand works */ }
    });
}
// A form is sent once.
document.addEventListener('submit', (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = '1';
    setTimeout(() => delete event.target.dataset.sent, 5000);
});
// The person's menu closes as people expect.
document.addEventListener('click', (event) => {
    for (const menu of document.querySelectorAll('.desk-person[open]')) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    for (const menu of document.querySelectorAll('.desk-person[open]')) {
        menu.open = false;
        menu.querySelector('summary').focus();
    }
});
