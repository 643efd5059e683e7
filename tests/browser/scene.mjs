// What a story works with: browser pages that complain about nothing, the clinic's API, and the sandbox's phones.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const { SERVER_URL: server, SANDBOX_URL: sandboxUrl, API_KEY: key, SHOTS: shots, OPERATOR_KEY: operatorKey } = process.env;
// Who exists on the other side, with their keys: what the sandbox prints of itself.
const others = JSON.parse(process.env.SANDBOX_CONFIG ?? '{}');
export const narrow = 320, wide = 1280;
const patience = 15_000;

export async function openHouse() {
    // The provider behind the clinic's meetings: any page on another origin will do.
    const rooms = createServer((request, response) => {
        response.setHeader('Content-Type', 'text/html');
        response.end(`<!doctype html><html lang="en"><title>room</title><p id="referrer">${request.headers.referer ?? 'none'}</p>`);
    });
    await new Promise((done) => rooms.listen(0, '127.0.0.1', done));
    const provider = `127.0.0.1:${rooms.address().port}`;
    if (shots) mkdirSync(shots, { recursive: true });
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--no-first-run'],
    });
    const house = {
        browser, provider, phones: 0,
        scene: () => new Scene(house),
        close: async () => {
            await browser.close();
            rooms.close();
        },
    };
    await new Scene(house).api('PUT', '/meeting-provider', { provider: 'simple', base_url: `http://${provider}` });
    return house;
}

class Scene {
    constructor(house) {
        this.house = house;
        this.server = server;
        this.provider = house.provider;
        this.sandboxUrl = sandboxUrl;
        this.others = others;
        this.welcome = new Set([new URL(server).host, house.provider]);  // whom pages may ask
        this.assert = assert;
        this.contexts = [];
        this.pages = [];
        this.complaints = [];
    }

    // A browser of its own: no cookies, no cache. Options: width, javaScript, dark, language.
    async page({ width = narrow, height = 720, javaScript = true, dark = false, language = 'en-KE', touch = width < 600 } = {}) {
        const context = await this.house.browser.newContext({
            viewport: { width, height }, javaScriptEnabled: javaScript, colorScheme: dark ? 'dark' : 'light', locale: language,
            hasTouch: touch, reducedMotion: 'reduce',
        });
        context.setDefaultTimeout(patience);
        this.contexts.push(context);
        const page = await context.newPage();
        this.watch(page);
        return page;
    }
    // One more tab of the same browser.
    async tab(page) {
        const other = await page.context().newPage();
        this.watch(other);
        return other;
    }
    watch(page) {
        this.pages.push(page);
        page.on('console', (message) => {
            // A page that is answered 4xx says so in the console by itself; a favicon nobody offers too.
            if (message.type() === 'error' && !/status of (401|403|404|409|422|429)/.test(message.text())) this.complaints.push(message.text());
        });
        page.on('pageerror', (error) => this.complaints.push(String(error)));
        page.on('request', (request) => {
            const host = new URL(request.url()).host;
            if (host && !this.welcome.has(host)) this.complaints.push(`asked ${request.url()}`);
        });
    }

    // ---- what should be so

    // Nothing serious or critical by WCAG 2.2 AA and best practice, and nothing wider than the window.
    // `parts`: selectors of what is looked at, where a page repeats itself a hundred times; nothing: the whole of it.
    async accessible(page, what, parts) {
        await page.evaluate(axeSource);
        const { violations } = await page.evaluate((include) => window.axe.run(include ?? document,
            { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }), parts);
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join(' | ')}`);
        assert.deepEqual(told, [], `axe on ${what}`);
        await this.fits(page, what);
    }
    async fits(page, what) {
        const sizes = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
        assert.ok(sizes[0] <= sizes[1], `${what} is ${sizes[0]} px wide in a window of ${sizes[1]}`);
    }
    // Everything a thumb should hit is big enough.
    async tappable(page) {
        const small = await page.evaluate(() => [...document.querySelectorAll('a.button, button, input:not([type=hidden]), summary, .lang')]
            .filter((e) => e.checkVisibility()).map((e) => ({ html: e.outerHTML.slice(0, 80), height: e.getBoundingClientRect().height }))
            .filter(({ height }) => height < 44));
        assert.deepEqual(small, []);
    }
    async until(what, holds) {
        const end = Date.now() + patience;
        for (;;) {
            const seen = await holds();
            if (seen) return seen;
            if (Date.now() > end) assert.fail(`not within ${patience / 1000} s: ${what}`);
            await new Promise((done) => setTimeout(done, 50));
        }
    }
    async finish() { assert.deepEqual(this.complaints, [], 'the browser complains'); }

    async shot(page, name, { fullPage = true } = {}) {
        if (!shots) return;
        await page.screenshot({ path: join(shots, `${name}-${page.viewportSize().width}.png`), fullPage });
    }
    async keepEvidence(name) {
        for (const [index, page] of this.pages.entries()) {
            if (shots && !page.isClosed()) await page.screenshot({ path: join(shots, `failed-${name}-${index}.png`), fullPage: true }).catch(() => {});
        }
        if (this.complaints.length) console.log(`        the browser complained: ${this.complaints.join(' | ')}`);
    }
    async close() { for (const context of this.contexts) await context.close(); }

    // ---- the clinic and the other side

    async api(method, path, body, headers = {}, clinic = 'mlimani', bearer = clinic === 'mlimani' ? key : operatorKey) {
        return ask(method, `${server}/v1/clinics/${clinic}${path}`, body, { Authorization: `Bearer ${bearer}`, ...headers });
    }
    // Another clinic on the same server, with nothing set up.
    openClinic(slug, name) {
        return ask('POST', `${server}/v1/clinics`, { slug, name }, { Authorization: `Bearer ${operatorKey}` });
    }
    sandbox(method, path, body) { return ask(method, `${sandboxUrl}/_sandbox/${path}`, body); }
    // A phone nobody else uses, and what it does with its prompts.
    async phone(script) {
        const number = `2547123457${String(10 + this.house.phones++)}`;
        if (script) await this.sandbox('PUT', `customers/${number}/script`, script);
        return number;
    }
    // A patient who owes something; `visit`: "virtual", "onsite" or nothing, in some minutes.
    async owes({ phone, name = 'Achieng Otieno', shillings = 1500, visit = '', minutes = 10, items } = {}) {
        const patient = await this.api('POST', '/patients', { name, phone });
        const starts = Date.now() + minutes * 60_000;
        const iso = (time) => new Date(time).toISOString().replace(/\.\d+/, '');
        const appointment = visit && await this.api('POST', '/appointments', {
            patient_id: patient.id, kind: visit, starts_at: iso(starts), ends_at: iso(starts + 30 * 60_000) });
        return this.api('POST', '/invoices', {
            patient_id: patient.id, ...(appointment ? { appointment_id: appointment.id } : {}),
            items: items ?? [{ description: 'Consultation', quantity: 1, unit_price_cents: shillings * 100 }] });
    }
    async prompts(phone) {
        const { pushes } = await this.sandbox('GET', 'pushes');
        return pushes.filter((push) => push.phone === phone).length;
    }
    payments(invoice) { return this.api('GET', `/payments?invoice=${invoice.id}`).then(({ items }) => items); }
}

async function ask(method, url, body, headers = {}) {
    const answer = await fetch(url, {
        method, headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
        body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${url}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
}

// Where a page that follows by itself stands.
export const step = (page) => page.locator('#live > section').getAttribute('data-step');
export const reaches = (page, name) => page.locator(`#live > section[data-step="${name}"]`).waitFor();
