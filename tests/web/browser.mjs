// Walks a patient's link in a real browser, driven over a pipe (Chromium's own protocol, no package needed).
//
//   node browser.mjs <url of an open /j/ link> <host:port of the provider>
//
// Prints one line per fact and ends with 1 when one is wrong. JavaScript is off in the page, as for the most careful patient.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [link, provider, shots] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), 'clinicpro-browser-'));
const browser = spawn(process.env.CHROMIUM ?? 'chromium', [
    '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--remote-debugging-pipe',
    `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
let wrong = 0;
const end = (code) => {
    browser.on('exit', () => {
        rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
        process.exit(code);
    });
    browser.kill();
};
setTimeout(() => { console.error('The browser did not finish in 60 seconds.'); end(1); }, 60000).unref();

let next = 0, rest = '';
const waiting = new Map(), listeners = [];
browser.stdio[4].setEncoding('utf8').on('data', (data) => {
    const parts = (rest + data).split('\0');
    rest = parts.pop();
    for (const part of parts) {
        const message = JSON.parse(part);
        if (message.id) {
            const { resolve, reject } = waiting.get(message.id);
            message.error ? reject(new Error(JSON.stringify(message.error))) : resolve(message.result);
        } else {
            for (const listener of listeners) listener(message);
        }
    }
});
const call = (method, params = {}, sessionId) => new Promise((resolve, reject) => {
    waiting.set(++next, { resolve, reject });
    browser.stdio[3].write(JSON.stringify({ id: next, method, params, sessionId }) + '\0');
});
const fact = (name, holds, seen = '') => {
    console.log(`${holds ? 'so    ' : 'NOT SO'} ${name}${holds ? '' : ' -- ' + seen}`);
    if (!holds) wrong = 1;
};

const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
const page = (method, params) => call(method, params, sessionId);
const loaded = () => new Promise((resolve) => {
    listeners.push(function listener(message) {
        if (message.method !== 'Page.loadEventFired') return;
        listeners.splice(listeners.indexOf(listener), 1);
        resolve();
    });
});
const ask = async (expression) => (await page('Runtime.evaluate', { expression, returnByValue: true })).result.value;
const open = async (url) => {
    const done = loaded();
    await page('Page.navigate', { url });
    await done;
};
const requests = [], complaints = [];
listeners.push((message) => {
    if (message.method === 'Network.requestWillBeSent') requests.push(message.params.request);
    if (message.method === 'Log.entryAdded') complaints.push(message.params.entry.text);
});
await page('Page.enable');
await page('Network.enable');
await page('Log.enable');
await page('Emulation.setScriptExecutionDisabled', { value: true });
await page('Emulation.setDeviceMetricsOverride', { width: 320, height: 640, deviceScaleFactor: 2, mobile: true });

for (const [language, words] of [['en', 'Join the visit'], ['sw', 'Ingia kwenye miadi']]) {
    await open(`${link}?lang=${language}`);
    fact(`${language}: the button is there`, await ask('document.querySelector("button").textContent') === words);
    fact(`${language}: nothing is wider than 320 pixels`, await ask('document.documentElement.scrollWidth') <= 320);
    fact(`${language}: the button is tall enough for a thumb`, await ask('document.querySelector("button").offsetHeight') >= 44);
    fact(`${language}: the style sheet is applied`, await ask('getComputedStyle(document.querySelector("main")).maxWidth') === '480px');
    if (shots) {
        const { data } = await page('Page.captureScreenshot', { format: 'png' });
        writeFileSync(`${shots}/join-${language}.png`, Buffer.from(data, 'base64'));
    }
}
fact('looking asked nobody but us', requests.every((r) => r.url.startsWith(new URL(link).origin)), requests.map((r) => r.url).join(' '));
fact('no complaint in the console', complaints.filter((c) => !c.includes('favicon')).length === 0, complaints.join(' | '));

requests.length = 0;
const arrived = loaded();
const box = JSON.parse(await ask('JSON.stringify(document.querySelector("button").getBoundingClientRect())'));
for (const type of ['mousePressed', 'mouseReleased']) {
    await page('Input.dispatchMouseEvent', { type, x: box.x + box.width / 2, y: box.y + box.height / 2, button: 'left', clickCount: 1 });
}
await Promise.race([arrived, new Promise((resolve) => setTimeout(resolve, 5000))]);
const at = new URL(await ask('location.href'));
fact('pressing the button leads to the provider', at.host === provider, `${at.host}: ${complaints.join(' | ')}`);
const last = requests.find((r) => new URL(r.url).host === provider);
fact('the provider is not told where the patient came from', last && !Object.keys(last.headers).some((h) => h.toLowerCase() === 'referer'),
     JSON.stringify(last?.headers));
end(wrong);
