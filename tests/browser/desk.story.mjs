// The desk: signing in with and without a second step, what each role may, and a receptionist's day.
import { createHmac } from 'node:crypto';
import { desk, done, enter, password, person, signedIn } from './people.mjs';
import { narrow } from './scene.mjs';

function totp(secret, at = Date.now()) {
    const bits = [...secret.replace(/ /g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
    const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
    const digest = createHmac('sha1', key).update(counter).digest();
    const offset = digest[19] & 15;
    return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

export const stories = [
    ['a person is invited, chooses a password, signs in, and signs out', async (t) => {
        const { page, name } = await person(t, 'cashier', { width: narrow });
        await t.accessible(page, 'sign-in');
        await t.tappable(page);
        await t.shot(page, 'desk-sign-in');
        await enter(page, name, 'a wrong password');
        await page.getByRole('alert').waitFor();
        t.assert.equal(await page.getByLabel('Name or e-mail').inputValue(), name, 'what was typed is kept');
        await t.accessible(page, 'sign-in refused');
        await enter(page, name);
        await page.waitForURL('**/desk/mlimani');
        await page.locator('.desk-person summary').click();
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.waitForURL('**/desk/sign-in');
        await page.goto(desk(t));
        t.assert.ok(page.url().includes('/desk/sign-in?clinic=mlimani'), page.url());
    }],
    ['guessing is stopped', async (t) => {
        const { page, name } = await person(t, 'reader');
        for (let i = 0; i < 5; ++i) {
            await enter(page, name, `guess number ${i}`);
            await page.getByRole('alert').waitFor();
        }
        await enter(page, name);
        await page.getByText('Try again in 1 minute.').waitFor();
    }],
    ['the second step is set up by its picture, asked for, and replaced by a recovery code', async (t) => {
        const { page, name } = await signedIn(t, 'admin');
        await page.goto(`${t.server}/desk/account`);
        await t.accessible(page, 'account');
        await t.shot(page, 'desk-account');
        await page.locator('summary', { hasText: 'Turn it on' }).click();
        await page.locator('#f-on_password').fill(password);
        await page.locator('form[action$="/two-step/start"] button').click();
        await page.waitForURL('**/two-step');
        await page.getByText('I cannot scan').click();
        const secret = await page.locator('details .code').textContent();
        await t.accessible(page, 'second step');
        await t.shot(page, 'desk-two-step');
        await page.getByLabel('Code').fill(totp(secret));
        await page.getByRole('button', { name: 'Turn it on' }).click();
        await page.getByRole('heading', { name: 'Recovery codes' }).waitFor();
        await t.accessible(page, 'recovery codes');
        const code = await page.locator('.codes li').first().textContent();
        const other = await t.page({ width: narrow });
        await other.goto(`${t.server}/desk/sign-in?clinic=mlimani`);
        await enter(other, name);
        await other.waitForURL('**/desk/sign-in/code**');
        await t.accessible(other, 'code');
        await t.shot(other, 'desk-code');
        await other.goto(desk(t));
        t.assert.ok(other.url().includes('/desk/sign-in'), 'the password alone opens nothing');
        await enter(other, name);
        await other.getByLabel('Code').fill(code);
        await other.getByRole('button', { name: 'Continue' }).click();
        await other.waitForURL('**/desk/mlimani');
    }],
    ['a reader sees no buttons, is refused by POST, and another clinic is no such page', async (t) => {
        await t.owes({ phone: await t.phone() });
        const { page } = await signedIn(t, 'reader');
        await page.goto(desk(t, '/invoices'));
        t.assert.equal(await page.getByRole('link', { name: 'New visit or invoice' }).count(), 0);
        await page.locator('table.list a').first().click();
        await page.locator('#live-lines').waitFor();
        t.assert.equal(await page.locator('main form').count(), 0);
        const csrf = await page.locator('input[name=csrf]').first().inputValue();
        for (const token of [csrf, 'wrong']) {
            const refused = await page.request.post(`${page.url()}/void`, { form: { csrf: token } });
            t.assert.equal(refused.status(), 403);
        }
        const there = await page.request.get(`${t.server}/desk/another/payments`);
        t.assert.equal(there.status(), 404);
    }],
    ['patient, visit and invoice in one form; moved; cancelled', async (t) => {
        const { page } = await signedIn(t, 'cashier');
        await page.getByRole('link', { name: 'New visit or invoice' }).first().click();
        await page.getByLabel("Patient's name").fill('Wanjiru Kamau');
        await t.accessible(page, 'new invoice');
        await t.shot(page, 'desk-new');
        await page.getByLabel("Patient's phone").fill('12');
        await page.getByLabel('Amount (KES)').fill('1500');
        await page.getByRole('button', { name: 'Make it' }).click();
        await page.locator('#f-phone-wrong').waitFor();
        t.assert.equal(await page.getByLabel("Patient's name").inputValue(), 'Wanjiru Kamau');
        await t.accessible(page, 'new invoice refused');
        await page.getByLabel("Patient's phone").fill('0712 345 999');
        await page.getByLabel('Kind').selectOption('virtual');
        await page.getByLabel('Day').fill(new Date(Date.now() + 86_400_000).toISOString().slice(0, 10));
        await page.getByLabel('Time').fill('15:00');
        await page.getByRole('button', { name: 'Make it' }).click();
        await done(page, 'The invoice is ready.');
        await t.accessible(page, 'invoice');
        await t.shot(page, 'desk-invoice');
        await page.getByRole('link', { name: 'Open the visit' }).click();
        await page.locator('#f-link').waitFor();
        await t.accessible(page, 'visit');
        await t.shot(page, 'desk-visit');
        await page.locator('summary', { hasText: 'Move' }).click();
        await page.getByLabel('Time').fill('15:15');
        await page.getByRole('button', { name: 'Move it' }).click();
        await done(page, 'The visit was moved');
        t.assert.match(await page.locator('#live-facts').textContent(), /15:15/);
        await page.locator('summary', { hasText: 'Cancel the visit' }).click();
        await page.getByRole('button', { name: 'Cancel it' }).click();
        await done(page, 'The visit is cancelled');
        await page.goto(desk(t, '/visits'));
        await t.accessible(page, 'visits');
    }],
    ['a prompt from the desk is paid, and pages see it by themselves', async (t) => {
        const invoice = await t.owes({ phone: await t.phone(), visit: 'onsite', minutes: 30 });
        const { page } = await signedIn(t, 'cashier');
        const watching = await t.tab(page);
        await watching.goto(desk(t));
        const before = await watching.locator('#live-money .amount').textContent();
        await page.goto(desk(t, `/invoices/${invoice.id}`));
        await page.locator('summary', { hasText: 'Ask for payment' }).click();
        await page.getByRole('button', { name: 'Send the prompt' }).click();
        await done(page, 'The prompt is on its way');
        await page.locator('#live-story', { hasText: 'M-Pesa receipt' }).waitFor({ timeout: 30_000 });
        await t.accessible(page, 'payment');
        await t.shot(page, 'desk-payment');
        await t.until('today shows the money', async () => await watching.locator('#live-money .amount').textContent() !== before);
        await t.accessible(watching, 'today');
        await t.shot(watching, 'desk-today');
    }],
    ['money that fits nowhere is matched by one tap', async (t) => {
        const invoice = await t.owes({ phone: await t.phone(), shillings: 1234 });
        const wrong = invoice.account.slice(0, 8) + String((Number(invoice.account[8]) + 1) % 10);
        await t.sandbox('POST', 'payments', { shortcode: '600986', amount: 1234, account: wrong, phone: '254712345678' });
        const { page } = await signedIn(t, 'admin');
        await t.until('the money is there', async () => {
            await page.goto(desk(t, '/unallocated'));
            return page.locator('.cards > li', { hasText: 'KES 1,234.00' }).count();
        });
        await t.accessible(page, 'to match');
        await t.shot(page, 'desk-unallocated');
        await page.locator('.cards > li', { hasText: 'KES 1,234.00' }).getByRole('button', { name: /^Match to/ }).click();
        await done(page, 'The money was matched');
        const { state } = await t.api('GET', `/invoices/${invoice.id}`);
        t.assert.equal(state, 'paid');
    }],
    ['every page fits a phone, in Swahili and in the dark', async (t) => {
        const { page } = await signedIn(t, 'admin', { width: narrow, language: 'sw', dark: true });
        for (const path of ['', '/payments', '/unallocated', '/visits', '/invoices', '/invoices/new', '/messages', '/messages?show=all', '/people',
            '/refunds', '/refunds?show=all', '/reports', '/statement']) {
            await page.goto(desk(t, path));
            t.assert.equal(await page.locator('html').getAttribute('lang'), 'sw');
            await t.accessible(page, path || 'today');
            await t.shot(page, `desk-sw${path.replace(/\W/g, '-')}`);
        }
    }],
    ['every page at a desk', async (t) => {
        const { page } = await signedIn(t, 'admin');
        for (const path of ['/payments', '/invoices', '/visits', '/messages?show=all', '/people', '/refunds', '/refunds?show=all', '/reports', '/statement']) {
            await page.goto(desk(t, path));
            await t.accessible(page, path);
            await t.shot(page, `desk${path.replace(/\W/g, '-')}`);
        }
    }],
    ['works without a script', async (t) => {
        const { page } = await signedIn(t, 'admin', { javaScript: false });
        await page.goto(desk(t, '/payments?q=nobody'));
        await page.getByText('Nothing found').waitFor();
        await page.goto(desk(t, '/people'));
        await page.getByLabel('Full name').fill('Otieno B');
        await page.getByLabel('Name to sign in with').fill('otieno.b');
        await page.getByRole('button', { name: 'Invite' }).click();
        t.assert.match(await page.getByLabel('Invitation link').inputValue(), /\/desk\/invitation\/[\w-]{43}$/);
    }],
];
