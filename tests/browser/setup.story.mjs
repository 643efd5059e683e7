// The set-up: an administrator connects a clinic to the other side through the pages alone, each step tried for real, and takes a
// payment; what goes wrong is said; who has no business there sees nothing.
import { done, signedIn } from './people.mjs';
import { narrow, wide } from './scene.mjs';

const merchant = (t, shortcode) => t.others.merchants.find((one) => one.shortcode === shortcode);
const finding = (page, about) => page.locator(`.finding[data-about="${about}"]`);
const steps = ['Daraja app and shortcode', 'Callback address', 'Payments without a prompt', 'Meetings', 'SMS', 'Mail'];
const step = (page, name) => page.locator('.setup-steps > li').filter({ has: page.getByRole('link', { name, exact: true }) });
const save = (page, words = 'Save and try') => page.getByRole('button', { name: words }).click();
const next = (page, name) => page.getByRole('link', { name: `Next: ${name}` }).click();
let clinics = 0;

// An administrator of a fresh clinic, at its set-up.
async function fresh(t, options = {}) {
    const clinic = `fresh${++clinics}`;
    await t.openClinic(clinic, 'Bahari Clinic');
    const { page } = await signedIn(t, 'admin', { clinic, ...options });
    await page.goto(`${t.server}/desk/${clinic}/setup`);
    return { clinic, page };
}
async function fillApp(t, page, { consumer_key, consumer_secret, passkey, shortcode }) {
    await page.getByLabel('Environment').selectOption('custom');
    await page.getByLabel("Daraja's address").fill(t.sandboxUrl);
    await page.getByLabel('Consumer key').fill(consumer_key);
    await page.getByLabel('Consumer secret').fill(consumer_secret);
    await page.getByLabel('Paybill or till number').fill(shortcode);
    await page.getByLabel('Passkey').fill(passkey);
}
async function connectApp(t, page, shortcode) {
    await page.getByRole('link', { name: steps[0] }).click();
    await fillApp(t, page, merchant(t, shortcode));
    await save(page);
    await done(page, 'Saved and tried: it works');
}
// What was typed into a secret field stands nowhere on the page that answers.
async function shows(t, page, secret) {
    t.assert.ok(!(await page.content()).includes(secret), 'a secret is shown');
}
// All pages of the set-up, by their path.
const paths = ['', '/app', '/callbacks', '/c2b', '/meetings', '/meetings?way=simple', '/meetings?way=jitsi', '/meetings?way=google',
    '/meetings?way=workspace', '/meetings?way=zoom', '/meetings/connect', '/sms', '/mail', '/doctor'];

export const stories = [
    ['a clinic is connected step by step on a phone, and takes its first payment', async (t) => {
        const { clinic, page } = await fresh(t, { width: narrow });
        await t.accessible(page, 'set-up');
        await t.tappable(page);
        await t.shot(page, 'setup-fresh');
        for (const name of steps) await step(page, name).getByText('To do').waitFor();

        // A wrong secret is said at once, and stands nowhere.
        await page.getByRole('link', { name: steps[0] }).click();
        const right = merchant(t, '600987');
        await fillApp(t, page, { ...right, consumer_secret: 'not-the-secret-4711' });
        await t.accessible(page, 'the app');
        await t.shot(page, 'setup-app');
        await save(page);
        await page.getByRole('heading', { name: 'Tried: something must be put right' }).waitFor();
        await finding(page, 'token').getByText('Wrong', { exact: true }).waitFor();
        await t.accessible(page, 'the app refused');
        await t.shot(page, 'setup-app-wrong');
        await shows(t, page, 'not-the-secret-4711');
        // The other secrets stay when they are left empty.
        await page.getByLabel('Consumer secret').fill(right.consumer_secret);
        await save(page);
        await done(page, 'Saved and tried: it works');
        for (const about of ['configuration', 'token', 'product']) await finding(page, about).getByText('Works', { exact: true }).waitFor();
        for (const secret of [right.consumer_key, right.consumer_secret, right.passkey]) await shows(t, page, secret);
        await t.accessible(page, 'the app tried');
        await t.shot(page, 'setup-app-tried');

        await next(page, steps[1]);
        await save(page);
        await done(page, 'Saved and tried: it works');
        await next(page, steps[2]);
        await page.getByRole('button', { name: 'Save and register' }).click();
        await page.locator('#live-registration', { hasText: 'Registered: Safaricom tells' }).waitFor();
        await t.accessible(page, 'registered');
        await t.shot(page, 'setup-c2b');

        await next(page, steps[3]);
        await t.shot(page, 'setup-meetings');
        await page.getByRole('link', { name: 'Rooms at an address' }).click();
        await page.getByLabel('Address of the rooms').fill(`http://${t.provider}`);
        await save(page);
        await done(page, 'Saved and tried: it works');

        await next(page, steps[4]);
        const account = t.others.sms_accounts.find((one) => one.username === 'bahari');
        await page.getByLabel('Environment').selectOption('custom');
        await page.getByLabel('Address of the SMS service').fill(t.sandboxUrl);
        await page.getByLabel('User name').fill(account.username);
        await page.getByLabel('API key').fill(account.api_key);
        await page.getByLabel('Sender id').fill('BAHARI');
        const phone = await t.phone();
        await page.getByLabel('Send a test to').fill(`0${phone.slice(3)}`);
        await save(page);
        await done(page, 'Saved and tried: it works');
        t.assert.match(await finding(page, 'sms').textContent(), /balance is KES/);
        await shows(t, page, account.api_key);
        await t.accessible(page, 'sms tried');
        await t.shot(page, 'setup-sms');
        const { sms } = await t.sandbox('GET', `sms?phone=${phone}`);
        t.assert.equal(sms.length, 1);
        t.assert.match(sms[0].text, /test message of Bahari Clinic/);

        await next(page, steps[5]);
        const mailer = t.others.mail_users[0];
        await page.getByLabel('Mail server').fill('127.0.0.1');
        await page.getByLabel('Security').selectOption('none');
        await page.getByLabel('Port').fill(String((await t.sandbox('GET', 'mail?limit=1')).port));
        await page.getByLabel('User name').fill(mailer.username);
        await page.getByLabel('Password').fill(mailer.password);
        await page.getByLabel('From address').fill('visits@bahari.example');
        const box = `${clinic}@bahari.example`;
        await page.getByLabel('Send a test to').fill(box);
        await save(page);
        await done(page, 'Saved and tried: it works');
        await finding(page, 'mail').getByText('Works', { exact: true }).waitFor();
        await shows(t, page, mailer.password);
        await t.accessible(page, 'mail tried');
        await t.shot(page, 'setup-mail');
        const { mail } = await t.sandbox('GET', 'mail');
        t.assert.equal(mail.filter((one) => one.to === box).length, 1, 'signing in sends nothing, the test is one mail');

        await page.getByRole('link', { name: 'All steps' }).click();
        for (const name of steps) await step(page, name).getByText('Done').waitFor();
        await t.accessible(page, 'set-up done');
        await t.shot(page, 'setup-done');
        await page.getByRole('link', { name: 'Try everything' }).click();
        await page.getByRole('button', { name: 'Try now' }).click();
        await page.getByRole('heading', { name: 'Everything that payments need works' }).waitFor({ timeout: 30_000 });
        for (const about of ['token', 'callbacks', 'registration', 'meetings', 'sms', 'mail']) await finding(page, about).first().waitFor();
        await t.until('Daraja takes another question', async () => {
            if (await finding(page, 'product').getByText('Works', { exact: true }).count()) return true;
            await page.waitForTimeout(3000);
            await page.getByRole('button', { name: 'Try again' }).click();
            await page.getByRole('heading', { name: 'Everything that payments need works' }).waitFor();
            return false;
        });
        t.assert.equal(await finding(page, 'database').count(), 0, 'the machine is the operator\'s');
        await t.accessible(page, 'doctor');
        await t.shot(page, 'setup-doctor');
        await page.setViewportSize({ width: wide, height: 800 });
        await t.accessible(page, 'doctor at a desk');
        await t.shot(page, 'setup-doctor');
        await page.setViewportSize({ width: narrow, height: 720 });

        await page.goto(`${t.server}/desk/${clinic}/setup`);
        await page.getByRole('link', { name: 'A first payment' }).click();
        await page.getByLabel("Patient's name").fill('Myself');
        await page.getByLabel("Patient's phone").fill(`0${phone.slice(3)}`);
        await page.getByLabel('Amount (KES)').fill('1');
        await page.getByLabel('Kind').selectOption('none');
        await page.getByRole('button', { name: 'Make it' }).click();
        await done(page, 'The invoice is ready.');
        await page.locator('summary', { hasText: 'Ask for payment' }).click();
        await page.getByRole('button', { name: 'Send the prompt' }).click();
        await page.locator('#live-story', { hasText: 'M-Pesa receipt' }).waitFor({ timeout: 30_000 });
        await page.goto(`${t.server}/desk/${clinic}/setup`);
        await step(page, 'A first payment').getByText('Done').waitFor();
        await t.until('the receipt came by SMS', async () => (await t.sandbox('GET', `sms?phone=${phone}`)).sms.length === 2);
    }],
    ['somebody agrees at Google in the browser, and the connection is tried', async (t) => {
        t.welcome.add(new URL(t.sandboxUrl).host);
        const { page } = await fresh(t, { width: wide });
        await page.getByRole('link', { name: 'Meetings' }).click();
        await page.getByRole('link', { name: 'Google Meet, by somebody' }).click();
        const { client_id, client_secret } = t.others.google.oauth_client;
        await page.getByLabel('Client ID').fill(client_id);
        await page.getByLabel('Client secret').fill(client_secret);
        await page.locator('summary', { hasText: 'Other addresses' }).click();
        await page.getByLabel('Calendar API').fill(`${t.sandboxUrl}/google/calendar/v3`);
        await page.getByLabel('Meet API').fill(`${t.sandboxUrl}/google/meet`);
        await page.getByLabel('Token address').fill(`${t.sandboxUrl}/google/token`);
        await page.getByLabel('Consent page').fill(`${t.sandboxUrl}/google/o/oauth2/v2/auth`);
        await t.accessible(page, 'google');
        await t.shot(page, 'setup-google');
        await save(page);
        await page.waitForURL('**/setup/meetings/connect**');
        await t.accessible(page, 'connect');
        await t.shot(page, 'setup-connect');
        await page.getByRole('button', { name: 'Connect Google' }).click();
        await page.getByLabel('Sign in as').selectOption({ index: 1 });
        await page.getByRole('button', { name: 'Allow' }).click();
        await page.getByRole('heading', { name: 'Google Meet is connected' }).waitFor();
        await t.accessible(page, 'connected');
        await page.getByRole('link', { name: 'Back to the set-up' }).click();
        await page.getByRole('button', { name: 'Try again' }).click();
        await done(page, 'Saved and tried: it works');
        await shows(t, page, client_secret);
        await t.shot(page, 'setup-google-tried');
        await page.getByRole('link', { name: 'All steps' }).click();
        await step(page, 'Meetings').getByText('Done').waitFor();
    }],
    ['Zoom is tried, and a wrong secret is said', async (t) => {
        const { page } = await fresh(t, { width: narrow });
        await page.getByRole('link', { name: 'Meetings' }).click();
        await page.getByRole('link', { name: 'Zoom' }).click();
        await page.getByLabel('Account ID').fill('sandbox-account');
        await page.getByLabel('Client ID').fill('sandbox-zoom-client');
        await page.getByLabel('Client secret').fill('wrong-zoom-secret');
        await page.getByLabel('Host', { exact: true }).fill('doctor@clinic.example');
        await page.locator('summary', { hasText: 'Other addresses' }).click();
        await page.getByLabel('Token address').fill(`${t.sandboxUrl}/zoom/oauth/token`);
        await page.getByLabel('API address').fill(`${t.sandboxUrl}/zoom`);
        await t.accessible(page, 'zoom');
        await t.shot(page, 'setup-zoom');
        await save(page);
        await page.getByRole('heading', { name: 'Tried: something must be put right' }).waitFor();
        await shows(t, page, 'wrong-zoom-secret');
        await page.getByLabel('Client secret').fill('sandbox-zoom-secret');
        await save(page);
        await done(page, 'Saved and tried: it works');
        await t.accessible(page, 'zoom tried');
    }],
    ['only an administrator gets there, and another clinic has no such page', async (t) => {
        for (const role of ['cashier', 'reader']) {
            const { page } = await signedIn(t, role);
            t.assert.equal(await page.getByRole('link', { name: 'Set-up' }).count(), 0);
            const csrf = await page.locator('input[name=csrf]').first().inputValue();
            for (const path of paths) {
                t.assert.equal((await page.request.get(`${t.server}/desk/mlimani/setup${path}`)).status(), 403, `${role} ${path}`);
            }
            for (const path of ['/app', '/callbacks', '/c2b', '/meetings', '/meetings/connect', '/sms', '/mail', '/doctor']) {
                const refused = await page.request.post(`${t.server}/desk/mlimani/setup${path}`, { form: { csrf } });
                t.assert.equal(refused.status(), 403, `${role} posts ${path}`);
            }
        }
        await t.openClinic('neighbour', 'Neighbour Clinic');
        const { page } = await signedIn(t, 'admin');
        const csrf = await page.locator('input[name=csrf]').first().inputValue();
        for (const path of paths) {
            t.assert.equal((await page.request.get(`${t.server}/desk/neighbour/setup${path}`)).status(), 404, path);
        }
        const refused = await page.request.post(`${t.server}/desk/neighbour/setup/doctor`, { form: { csrf } });
        t.assert.equal(refused.status(), 404);
    }],
    ['works without a script', async (t) => {
        const { clinic, page } = await fresh(t, { javaScript: false });
        await connectApp(t, page, '600989');
        await next(page, steps[1]);
        await page.getByLabel('Address where M-Pesa reaches this server').fill('http://127.0.0.1:9');
        await save(page);
        await finding(page, 'callbacks').getByText('cannot be reached').waitFor();
        await page.getByLabel('Address where M-Pesa reaches this server').fill(`${t.server}/`);
        await save(page);
        await page.locator('#f-callback_base_url-wrong').waitFor();
        await page.getByLabel('Address where M-Pesa reaches this server').fill(t.server);
        await save(page);
        await done(page, 'Saved and tried: it works');
        await next(page, steps[2]);
        await page.getByRole('button', { name: 'Save and register' }).click();
        await page.getByText('Registered: Safaricom tells').waitFor();  // the page loads itself again
        await page.goto(`${t.server}/desk/${clinic}/setup/meetings?way=simple`);
        await page.getByLabel('Address of the rooms').fill(`http://${t.provider}`);
        await save(page);
        await done(page, 'Saved and tried: it works');
    }],
    ['every page of the set-up fits a phone, in Swahili and in the dark', async (t) => {
        const { clinic, page } = await fresh(t, { width: narrow, language: 'sw', dark: true });
        for (const path of paths) {
            await page.goto(`${t.server}/desk/${clinic}/setup${path}`);
            t.assert.equal(await page.locator('html').getAttribute('lang'), 'sw');
            await t.accessible(page, path || 'set-up');
            await t.tappable(page);
            await t.shot(page, `setup-sw${path.replace(/\W/g, '-')}`);
        }
    }],
    ['every page of the set-up at a desk', async (t) => {
        const { clinic, page } = await fresh(t);
        for (const path of paths) {
            await page.goto(`${t.server}/desk/${clinic}/setup${path}`);
            await t.accessible(page, path || 'set-up');
            await t.shot(page, `setup-wide${path.replace(/\W/g, '-')}`);
        }
    }],
];
