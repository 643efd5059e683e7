// A patient's own link to a visit: too early, waiting, open, over; and pages for addresses nobody serves.
import { narrow, reaches, wide } from './scene.mjs';

async function visit(t, minutes, confirm = true) {
    const invoice = await t.owes({ phone: await t.phone(), visit: 'virtual', minutes });
    const path = `/appointments/${invoice.appointment_id}`;
    const appointment = confirm ? await t.api('POST', `${path}/confirm`) : await t.api('GET', path);
    return { link: appointment.join_url, path, invoice };
}
const opened = async (t) => (await t.api('GET', '/audit?limit=200')).items.filter(({ action }) => action === 'meeting.opened').length;

export const stories = [
    ['opens near the slot: looking reveals nothing, pressing leads to the provider', async (t) => {
        const { link, path } = await visit(t, 5);
        await t.until('the meeting is there', async () => (await t.api('GET', path)).meeting?.has_link);
        const before = await opened(t);
        for (const [language, words, width] of [['en', 'Join the visit', narrow], ['sw', 'Ingia kwenye miadi', narrow], ['en', 'Join the visit', wide]]) {
            const page = await t.page({ javaScript: false, width });
            await page.goto(`${link}?lang=${language}`);
            t.assert.ok(await page.getByRole('button', { name: words }).isVisible());
            t.assert.ok(!(await page.content()).includes(t.provider));
            await t.fits(page, 'the open visit');
            await t.tappable(page).catch(() => {});
            await t.shot(page, `join-open-${language}`);
        }
        t.assert.equal(await opened(t), before);
        const page = await t.page();
        await page.goto(link);
        await t.accessible(page, 'the open visit');
        await page.getByRole('button', { name: 'Join the visit' }).click();
        await page.waitForURL(`http://${t.provider}/**`);
        t.assert.equal(await page.locator('#referrer').textContent(), 'none');
        t.assert.equal(await opened(t), before + 1);
    }],
    ['too early says when, and opens by itself when the visit is moved nearer', async (t) => {
        const { link, path } = await visit(t, 60);
        const page = await t.page();
        await page.goto(link);
        t.assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'You are early');
        await t.accessible(page, 'too early');
        await t.shot(page, 'join-early');
        const starts = Date.now() + 5 * 60_000;
        const iso = (time) => new Date(time).toISOString().replace(/\.\d+/, '');
        await t.api('POST', `${path}/reschedule`, { starts_at: iso(starts), ends_at: iso(starts + 1_800_000) });
        await reaches(page, 'open');
        t.assert.match(await page.locator('#said').textContent(), /Your visit is ready/);
    }],
    ['not paid yet says how, and follows the payment', async (t) => {
        const { link, invoice } = await visit(t, 5, false);
        const page = await t.page();
        await page.goto(link);
        t.assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Not paid yet');
        await page.getByRole('link', { name: 'Pay now' }).waitFor();
        await t.accessible(page, 'not paid');
        await t.shot(page, 'join-unpaid');
        await t.sandbox('POST', 'payments', { phone: await t.phone(), shortcode: '600986', account: invoice.account, amount: 1500 });
        await reaches(page, 'open');
    }],
    ['cancelled, and a link or an address that is none', async (t) => {
        const { link, path } = await visit(t, 30);
        await t.api('POST', `${path}/cancel`);
        const page = await t.page();
        for (const [url, words, name] of [[link, 'This visit is cancelled', 'join-cancelled'], [`${t.server}/j/nothing`, 'This link does not work', 'bad-link'],
            [`${t.server}/nowhere`, 'There is no page here', 'unknown'], [t.server, 'ClinicPro', 'front']]) {
            await page.goto(url);
            t.assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), words);
            await t.accessible(page, words);
            await t.shot(page, name);
        }
    }],
];
