// A patient pays: with a good phone, a bad one, no script, by keyboard, in Swahili, twice by mistake, and not at all.
import { narrow, reaches, step, wide } from './scene.mjs';

const payButton = (page) => page.getByRole('button', { name: /^(Pay|Lipa) KES/ });

export const stories = [
    ['pays from the button to the link, told by events', async (t) => {
        const phone = await t.phone({ act: 'pay', after_seconds: 2 });
        const invoice = await t.owes({ phone, visit: 'virtual' });
        const page = await t.page();
        await page.route('**/now*', (route) => route.fulfill({ status: 204 }));  // so only events can tell
        await page.goto(invoice.pay_url);
        t.assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Pay your clinic');
        t.assert.match(await page.getByLabel('M-Pesa phone number').inputValue(), /^07\*\* \*\*\* \d{3}$/);
        await t.accessible(page, 'the form');
        await t.tappable(page);
        await t.shot(page, 'pay-owed');
        await payButton(page).click();
        await reaches(page, 'waiting');
        t.assert.ok(await page.getByRole('button', { name: 'The prompt is on your phone' }).isDisabled());
        await t.accessible(page, 'waiting');
        await t.shot(page, 'pay-waiting');
        await reaches(page, 'paid');
        await page.getByText('The link to your visit is ready', { exact: true }).waitFor();
        t.assert.match(await page.locator('#said').textContent(), /KES 1,500 paid/);
        t.assert.equal(await page.title(), 'Paid. Thank you · Mlimani Clinic');
        t.assert.ok(await page.getByText('Pay it yourself').isHidden());
        await t.accessible(page, 'paid');
        await t.shot(page, 'pay-paid');
        await page.getByRole('link', { name: 'Show the receipt' }).click();
        await page.getByRole('heading', { name: 'Receipt' }).waitFor();
        t.assert.ok(await page.getByRole('button', { name: 'Print or save' }).isVisible());
        await t.accessible(page, 'the receipt');
        await t.shot(page, 'receipt');
        await page.emulateMedia({ media: 'print' });
        t.assert.ok(await page.getByRole('link', { name: 'Back' }).isHidden());
        await page.emulateMedia({ media: 'screen' });
        await page.getByRole('link', { name: 'Back' }).click();
        await page.getByRole('link', { name: 'Open your visit' }).click();
        await page.getByRole('button', { name: 'Join the visit' }).click();
        await page.waitForURL(`http://${t.provider}/**`);
        t.assert.equal(await page.locator('#referrer').textContent(), 'none');
        t.assert.equal((await t.payments(invoice)).length, 1);
    }],
    ['cancels, is told, and pays at the second try', async (t) => {
        const phone = await t.phone({ act: 'cancel', after_seconds: 1 });
        const invoice = await t.owes({ phone });
        const page = await t.page();
        await page.goto(invoice.pay_url);
        await payButton(page).click();
        await reaches(page, 'failed');
        await page.getByText('The prompt was cancelled, or nobody answered it in time.').first().waitFor();
        await t.accessible(page, 'cancelled');
        await t.shot(page, 'pay-cancelled');
        await t.sandbox('PUT', `customers/${phone}/script`, { act: 'pay', after_seconds: 1 });
        await payButton(page).click();
        await reaches(page, 'paid');
        t.assert.equal(await t.prompts(phone), 2);
    }],
    ['types a wrong PIN and is told so', async (t) => {
        const phone = await t.phone({ act: 'wrong_pin', after_seconds: 1 });
        const page = await t.page();
        await page.goto((await t.owes({ phone })).pay_url);
        await payButton(page).click();
        await reaches(page, 'failed');
        await page.getByText('The M-Pesa PIN was wrong.').first().waitFor();
        t.assert.match(await page.locator('#said').textContent(), /wrong/);
    }],
    ['does not answer: no second prompt until M-Pesa was asked', async (t) => {
        const phone = await t.phone({ act: 'no_answer', after_seconds: 1 });
        const page = await t.page();
        await page.goto((await t.owes({ phone })).pay_url);
        await payButton(page).click();
        await reaches(page, 'checking');
        t.assert.ok(await page.getByRole('button', { name: 'Asking M-Pesa first' }).isDisabled());
        await t.accessible(page, 'checking');
        await t.shot(page, 'pay-checking');
        t.assert.equal(await t.prompts(phone), 1);
    }],
    ['double click, reload, back and a second tab are one prompt', async (t) => {
        const phone = await t.phone({ act: 'ignore', after_seconds: 60 });
        const invoice = await t.owes({ phone });
        const page = await t.page();
        await page.goto(invoice.pay_url);
        const other = await t.tab(page);
        await other.route('**/live*', (route) => route.abort());
        await other.route('**/now*', (route) => route.abort());
        await other.goto(invoice.pay_url);
        t.complaints.length = 0;
        await payButton(page).dblclick();
        await reaches(page, 'waiting');
        await page.reload();
        await page.goBack();
        t.assert.notEqual(await step(page), 'owed');
        await payButton(other).click();
        await other.waitForLoadState();
        t.assert.equal(await step(other), 'waiting');
        t.assert.equal(await t.prompts(phone), 1);
        t.complaints.splice(0, t.complaints.length, ...t.complaints.filter((one) => !/ERR_FAILED/.test(one)));
    }],
    ['works without JavaScript', async (t) => {
        const phone = await t.phone({ act: 'pay', after_seconds: 2 });
        const invoice = await t.owes({ phone, visit: 'onsite' });
        const page = await t.page({ javaScript: false });
        await page.goto(invoice.pay_url);
        await payButton(page).click();
        await page.getByRole('link', { name: 'Look again' }).waitFor();
        await t.shot(page, 'pay-no-script');
        // The page loads itself again.
        await page.getByText('Your visit is confirmed').waitFor();
        await page.getByRole('link', { name: 'Show the receipt' }).click();
        t.assert.ok(await page.getByRole('button', { name: 'Print or save' }).isHidden());
        t.assert.equal(await t.prompts(phone), 1);
    }],
    ['follows by asking where events do not get through', async (t) => {
        const phone = await t.phone({ act: 'pay', after_seconds: 1 });
        const page = await t.page();
        await page.route('**/live*', (route) => route.fulfill({ status: 503, body: '' }));
        await page.goto((await t.owes({ phone })).pay_url);
        await payButton(page).click();
        await reaches(page, 'paid');
        t.complaints.splice(0, t.complaints.length, ...t.complaints.filter((one) => !/503/.test(one)));
    }],
    ['speaks Swahili, by the browser and by the link', async (t) => {
        const phone = await t.phone({ act: 'cancel', after_seconds: 1 });
        const invoice = await t.owes({ phone });
        const page = await t.page({ language: 'sw-KE' });
        await page.goto(invoice.pay_url);
        t.assert.equal(await page.locator('html').getAttribute('lang'), 'sw');
        t.assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Lipa kliniki yako');
        await t.accessible(page, 'in Swahili');
        await t.shot(page, 'pay-swahili');
        await payButton(page).click();
        await reaches(page, 'failed');
        await page.getByText('Ombi lilighairiwa').first().waitFor();
        await page.getByRole('link', { name: 'English' }).click();
        await page.getByText('The prompt was cancelled').first().waitFor();
        t.assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    }],
    ['pays with the keyboard alone, for another phone', async (t) => {
        const phone = await t.phone({ act: 'pay', after_seconds: 1 });
        const other = await t.phone({ act: 'pay', after_seconds: 1 });
        const invoice = await t.owes({ phone });
        const page = await t.page({ width: wide });
        await page.goto(invoice.pay_url);
        await page.keyboard.press('Tab');
        t.assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
        await page.keyboard.press('Enter');
        await page.keyboard.press('Tab');
        t.assert.equal(await page.evaluate(() => document.activeElement.id), 'phone');
        await page.keyboard.type('12');
        await page.keyboard.press('Enter');
        await page.getByText('This is not a Kenyan mobile number.').waitFor();
        t.assert.equal(await page.evaluate(() => document.activeElement.id), 'phone');
        await t.accessible(page, 'a wrong number');
        await t.shot(page, 'pay-wrong-number');
        await page.keyboard.press('Control+A');
        await page.keyboard.type(`0${other.slice(3)}`);
        await page.keyboard.press('Tab');
        const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
        t.assert.equal(ring, 'solid');
        await page.keyboard.press('Enter');
        await reaches(page, 'paid');
        t.assert.equal(await t.prompts(other), 1);
        t.assert.equal(await t.prompts(phone), 0);
    }],
    ['sees money that came by paybill while the page was open', async (t) => {
        const phone = await t.phone();
        const invoice = await t.owes({ phone, visit: 'onsite', items: [
            { description: 'Consultation, general practitioner', quantity: 1, unit_price_cents: 150000 },
            { description: 'Malaria rapid test', quantity: 2, unit_price_cents: 35000 }] });
        const page = await t.page();
        await page.goto(invoice.pay_url);
        await page.getByText('Pay it yourself').click();
        await t.accessible(page, 'the paybill instructions');
        await t.shot(page, 'pay-by-hand');
        await t.sandbox('POST', 'payments', { phone, shortcode: '600986', account: invoice.account, amount: 2200 });
        await reaches(page, 'paid');
        await page.getByText('Your visit is confirmed', { exact: true }).waitFor();
        await t.shot(page, 'pay-paid-onsite');
    }],
    ['is legible in the dark, wide, and in the clinic\'s colour', async (t) => {
        await t.api('PUT', '/colour', { colour: '#5b2a86' });
        const phone = await t.phone({ act: 'ignore', after_seconds: 60 });
        const invoice = await t.owes({ phone, visit: 'virtual' });
        for (const [dark, width] of [[true, narrow], [false, wide], [true, wide]]) {
            const page = await t.page({ dark, width });
            await page.goto(invoice.pay_url);
            await t.accessible(page, `dark ${dark}, ${width} px`);
            await t.shot(page, `pay-owed-${dark ? 'dark' : 'colour'}`);
        }
        const page = await t.page({ dark: true });
        await page.goto(invoice.pay_url);
        await payButton(page).click();
        await reaches(page, 'waiting');
        await t.accessible(page, 'waiting in the dark');
        await t.shot(page, 'pay-waiting-dark');
        await t.api('PUT', '/colour', { colour: null });
    }],
    ['shows a code that leads to the page', async (t) => {
        const invoice = await t.owes({ phone: await t.phone() });
        const page = await t.page();
        await page.goto(invoice.pay_qr_url);
        t.assert.equal(await page.evaluate(() => document.documentElement.tagName), 'svg');
    }],
];
