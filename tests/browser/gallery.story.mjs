// Every page of a clinic with something in it, at both widths: what docs/pages.md shows, and whether it fits.
import { desk, signedIn } from './people.mjs';
import { narrow, wide } from './scene.mjs';

// A day's patients: who, what is owed, what the phone does with the prompt, and in how many minutes the visit begins.
const day = [
    ['Wanjiru Kamau', 2500, 'pay', 'virtual', 25], ['Baraka Mutiso', 1500, 'pay', 'onsite', 40], ['Achieng Odhiambo', 1200, 'cancel', 'virtual', 70],
    ['Otieno Ouma', 3000, 'no_money', 'onsite', 90], ['Zawadi Njoroge', 1800, 'wrong_pin', 'onsite', 120], ['Kiprop Cheruiyot', 2000, 'pay', 'virtual', 150],
];

async function busyDay(t) {
    const all = [];
    for (const [name, shillings, act, visit, minutes] of day) {
        const phone = await t.phone({ act });
        const invoice = await t.owes({ phone, name, shillings, visit, minutes });
        const { id } = await t.api('POST', `/invoices/${invoice.id}/payments`, {}, { 'Idempotency-Key': `day-${invoice.id}` });
        all.push({ invoice, id, wanted: act === 'pay' ? 'paid' : 'failed' });
    }
    for (const { id, wanted } of all) await t.until(wanted, async () => (await t.api('GET', `/payments/${id}`)).state === wanted);
    await t.owes({ phone: await t.phone(), name: 'Nekesa Wafula', shillings: 900 });
    await t.sandbox('POST', 'payments', { shortcode: '600986', amount: 1450, account: 'wafula', phone: '254712345678' });
    await t.api('POST', '/refunds', { payment_id: all[1].id, amount_cents: 50_000, way: 'by_hand', reason: 'The X-ray was not needed' });
    await t.until('money stands to be matched', async () => (await t.api('GET', '/unallocated')).items.some((one) => one.amount_cents === 145_000));
    return all;
}

export const stories = [
    ['every page of a busy day is legible at both widths', async (t) => {
        const [first] = await busyDay(t);
        for (const width of [narrow, wide]) {
            const { page } = await signedIn(t, 'admin', { width });
            const look = async (name) => {
                await t.accessible(page, name);
                await t.shot(page, `clinic-${name}`);
            };
            const lists = { today: '', payments: '/payments', matching: '/unallocated', visits: '/visits', invoices: '/invoices', 'new-invoice': '/invoices/new',
                refunds: '/refunds', reports: '/reports', messages: '/messages?show=all', people: '/people', statement: '/statement' };
            for (const [name, path] of Object.entries(lists)) {
                await page.goto(desk(t, path));
                await look(name);
            }
            for (const [name, path] of [['payment', `/payments/${first.id}`], ['explain', `/payments/${first.id}/explain`], ['invoice', `/invoices/${first.invoice.id}`]]) {
                await page.goto(desk(t, path));
                await look(name);
            }
            for (const [name, path] of [['refund', '/refunds'], ['visit', '/visits'], ['person', '/people']]) {
                await page.goto(desk(t, path));
                await page.locator('table.list a').first().click();
                await look(name);
            }
            // What the patient of the first visit sees.
            for (const [name, address] of [['pay', first.invoice.pay_url], ['receipt', `${first.invoice.pay_url}/receipt`]]) {
                await page.goto(address);
                await look(name);
            }
        }
    }],
];
