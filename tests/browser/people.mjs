// People of a clinic at its desk, each in a browser of their own.
import { wide } from './scene.mjs';

export const password = 'mango tree by the lake';
let people = 0;

// Somebody who was invited and chose the password by the link, in a browser at the sign-in.
export async function person(t, role, { width = wide, language = 'en', clinic = 'mlimani', ...more } = {}) {
    const name = `person${++people}`;
    const made = await t.api('POST', '/users', { name, full_name: `Asha ${role} ${people}`, role, language }, {}, clinic);
    const page = await t.page({ width, ...more });
    await page.goto(made.invitation_url);
    await page.getByLabel('New password').fill(password);
    await page.getByRole('button', { name: 'Keep this password' }).click();
    await page.waitForURL(`**/desk/sign-in?clinic=${clinic}`);
    return { name, page, id: made.id };
}
export async function enter(page, name, word = password) {
    await page.getByLabel('Name or e-mail').fill(name);
    await page.getByLabel('Password').fill(word);
    await page.getByRole('button', { name: 'Sign in' }).click();
}
export async function signedIn(t, role, options = {}) {
    const one = await person(t, role, options);
    await enter(one.page, one.name);
    await one.page.waitForURL(`**/desk/${options.clinic ?? 'mlimani'}`);
    return one;
}
export const desk = (t, path = '') => `${t.server}/desk/mlimani${path}`;
export const done = (page, words) => page.getByRole('status').filter({ hasText: words }).waitFor();
