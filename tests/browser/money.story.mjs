// The desk's money: a payment explained, a refund that two people agree to, reports, and files to take away.
import { readFileSync } from 'node:fs';
import { desk, done, signedIn } from './people.mjs';
import { narrow } from './scene.mjs';

// A payment of the clinic that M-Pesa said is paid.
async function paid(t, shillings = 1500) {
    const invoice = await t.owes({ phone: await t.phone(), shillings, visit: 'onsite', minutes: 30 });
    const { id } = await t.api('POST', `/invoices/${invoice.id}/payments`, {}, { 'Idempotency-Key': `money-${invoice.id}` });
    await t.until('it is paid', async () => (await t.api('GET', `/payments/${id}`)).state === 'paid');
    return id;
}
async function asksForRefund(t, page, payment, { amount, reason }) {
    await page.goto(desk(t, `/payments/${payment}`));
    await page.locator('summary', { hasText: 'Give money back' }).click();
    await page.getByLabel('Amount (KES)').fill(amount);
    await page.getByLabel('How').selectOption('by_hand');
    await page.getByLabel('Reason').fill(reason);
    await page.getByRole('button', { name: 'Ask for the refund' }).click();
}

export const stories = [
    ['a payment is explained, and its bytes are folded away', async (t) => {
        const id = await paid(t);
        const { page } = await signedIn(t, 'admin');
        await page.goto(desk(t, `/payments/${id}`));
        await page.getByRole('link', { name: 'How it went' }).click();
        await page.getByText('The payment counts as paid.').waitFor();
        const bytes = page.locator('.bytes', { hasText: 'stkCallback' });
        t.assert.ok(!await bytes.isVisible(), 'bytes are folded');
        await t.accessible(page, 'explained');
        await t.shot(page, 'desk-explain');
        await page.locator('.step', { has: bytes }).locator('summary').click();
        await bytes.waitFor();
        await t.accessible(page, 'explained, with bytes');
        t.assert.doesNotMatch(await page.locator('main').textContent(), /2547\d{8}/);
        const reader = await signedIn(t, 'reader', { width: narrow });
        await reader.page.goto(desk(t, `/payments/${id}/explain`));
        await reader.page.getByText('shown to administrators only').waitFor();
        t.assert.equal(await reader.page.locator('.bytes').count(), 0);
        await t.accessible(reader.page, 'explained to a reader');
        await t.shot(reader.page, 'desk-explain');
    }],
    ['a refund is asked for by one person and approved by another', async (t) => {
        const id = await paid(t, 1800);
        const cashier = await signedIn(t, 'cashier', { width: narrow });
        await asksForRefund(t, cashier.page, id, { amount: '1800.01', reason: 'The visit was cancelled' });
        await cashier.page.locator('#f-amount-wrong').waitFor();
        t.assert.equal(await cashier.page.getByLabel('Reason').inputValue(), 'The visit was cancelled');
        await t.accessible(cashier.page, 'refund refused');
        await t.tappable(cashier.page);
        await t.shot(cashier.page, 'desk-refund-refused');
        await cashier.page.getByLabel('Amount (KES)').fill('600');
        await cashier.page.getByRole('button', { name: 'Ask for the refund' }).click();
        await done(cashier.page, 'The refund is asked for.');
        t.assert.equal(await cashier.page.locator('summary', { hasText: 'Approve' }).count(), 0, 'nobody approves his own');
        await t.accessible(cashier.page, 'refund asked for');
        await t.shot(cashier.page, 'desk-refund');
        const { page } = await signedIn(t, 'admin');
        await page.goto(desk(t, '/refunds'));
        await t.accessible(page, 'refunds');
        await t.shot(page, 'desk-refunds');
        await page.getByRole('link', { name: 'KES 600.00' }).first().click();
        await t.shot(page, 'desk-refund');
        await page.locator('summary', { hasText: 'Approve' }).click();
        await page.getByRole('button', { name: 'Approve it' }).click();
        await done(page, 'The refund is approved.');
        await page.locator('summary', { hasText: 'It was paid back' }).click();
        await page.getByLabel('Receipt or voucher').fill('V-1017');
        await page.getByLabel('How you know').fill('Cash, signed for by the patient');
        await t.accessible(page, 'refund to settle');
        await page.getByRole('button', { name: 'Save' }).click();
        await done(page, 'Written down.');
        await page.getByText('KES 600.00 went back, proved by V-1017.').waitFor();
        await t.accessible(page, 'refund done');
        // The one who asked sees it by itself.
        await cashier.page.getByText('KES 600.00 went back, proved by V-1017.').waitFor();
        t.assert.equal((await t.api('GET', `/payments/${id}`)).refunded_cents, 60_000);
    }],
    ['a refund is declined, and its asker cannot approve it by a forged form', async (t) => {
        const id = await paid(t);
        const admin = await signedIn(t, 'admin'), other = await signedIn(t, 'admin', { javaScript: false, width: narrow });
        await asksForRefund(t, admin.page, id, { amount: '1500', reason: 'Paid twice' });
        await done(admin.page, 'The refund is asked for.');
        const refund = admin.page.url().split('?')[0];
        await admin.page.getByText('You asked for this refund').waitFor();
        const csrf = await admin.page.locator('input[name=csrf]').first().inputValue();
        const forged = await admin.page.request.post(`${refund}/approve`, { form: { csrf } });
        t.assert.equal(forged.status(), 403);
        await other.page.goto(refund);
        await other.page.locator('summary', { hasText: 'Decline' }).click();
        await other.page.getByLabel('Why not').fill('It was paid once');
        await other.page.getByRole('button', { name: 'Decline it' }).click();
        await done(other.page, 'The refund is declined.');
        await other.page.getByText('was declined. It was paid once').waitFor();
        t.assert.equal((await admin.page.request.get(refund.replace('/mlimani/', '/another/'))).status(), 404);
    }],
    ['reports add up, without a script as well, and their files are kept', async (t) => {
        await paid(t, 2345);
        const { page } = await signedIn(t, 'admin', { javaScript: false });
        await page.goto(desk(t, '/reports'));
        const { collected_cents: cents } = await t.api('GET', '/analytics');
        const money = `KES ${(cents / 100).toLocaleString('en', { minimumFractionDigits: 2 })}`;
        t.assert.equal(await page.locator('main .amount').first().textContent(), money);
        await page.getByRole('link', { name: 'This month' }).click();
        t.assert.equal(await page.locator('main .amount').first().textContent(), money);
        for (const [name, head] of [['Payments', 'payment,'], ['Invoices', 'invoice,'], ['Ledger', 'line,']]) {
            const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: `${name} (CSV)` }).click()]);
            t.assert.equal(file.suggestedFilename(), `mlimani-${name.toLowerCase()}.csv`);
            const text = readFileSync(await file.path(), 'utf8');
            t.assert.ok(text.startsWith(head), text.slice(0, 80));
            t.assert.ok(text.trimEnd().split('\n').length > 1);
        }
        await page.getByLabel('From').fill('2026-01-02');
        await page.getByLabel('To', { exact: true }).fill('2026-01-01');
        await page.getByRole('button', { name: 'Show' }).click();
        await page.getByText('The range ends before it begins.').waitFor();
        for (const width of [narrow, 1280]) {
            const looking = await signedIn(t, 'reader', { width });
            await looking.page.goto(desk(t, '/reports'));
            await t.accessible(looking.page, 'reports');
            await t.shot(looking.page, 'desk-reports');
        }
    }],
    ['a statement is compared with the books, and what was lost is taken in', async (t) => {
        const { page } = await signedIn(t, 'admin', { width: narrow });
        await page.goto(desk(t, '/statement'));
        await t.accessible(page, 'statement');
        const now = new Date(Date.now() + 3 * 3_600_000).toISOString().replace('T', ' ').slice(0, 19);
        const csv = 'Receipt No.,Completion Time,Initiation Time,Details,Transaction Status,Paid In,Withdrawn,Balance,Other Party Info,A/C No.\r\n' +
            `UKNLOST001,${now},${now},Pay Bill,Completed,321.00,,9000.00,2547*****678 - JANE DOE,nobody\r\n`;
        const file = { name: 'statement.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) };
        await page.getByLabel('Statement as CSV').setInputFiles(file);
        await page.getByRole('button', { name: 'Compare' }).click();
        await page.getByText('UKNLOST001').waitFor();
        await t.accessible(page, 'statement compared');
        await t.shot(page, 'desk-statement');
        await page.getByLabel('Statement as CSV').setInputFiles(file);
        await page.getByLabel(/^Take in money/).check();
        await page.getByRole('button', { name: 'Compare' }).click();
        await page.getByText('Taken in: 1.').waitFor();
        await t.until('it stands to be matched', async () => {
            await page.goto(desk(t, '/unallocated'));
            return page.locator('.cards > li', { hasText: 'KES 321.00' }).count();
        });
    }],
];
