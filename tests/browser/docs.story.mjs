// The reference of the API: one page without a script, complete, legible on a phone.
import { narrow, wide } from './scene.mjs';

export const stories = [
    ['the reference is there for a phone and a desk, with and without a script', async (t) => {
        for (const options of [{ width: narrow, dark: true }, { width: wide }, { width: wide, javaScript: false }]) {
            const page = await t.page(options);
            await page.goto(`${t.server}/docs`);
            await page.getByRole('heading', { name: 'ClinicPro API' }).waitFor();
            if (options.javaScript !== false) await t.accessible(page, 'reference', ['.top', 'h1', '.contents', '#createInvoice', '#schema-Invoice']);
            t.assert.equal(await page.locator('script, [style], iframe, img').count(), 0, 'nothing but words and a style sheet');
            // A link of the contents leads to its part, and a shape's name to the shape.
            await page.locator('.contents a', { hasText: 'Invoices' }).first().click();
            t.assert.match(page.url(), /#group-invoices$/);
            if (options.javaScript !== false) {
                await page.locator('#createInvoice').scrollIntoViewIfNeeded();
                await t.shot(page, 'docs', { fullPage: false });
            }
            await page.locator('#createInvoice a[href="#schema-Invoice"]').first().click();
            await page.locator('#schema-Invoice:target').waitFor();
            await t.fits(page, 'reference at a shape');
        }
    }],
    ['every link inside the reference leads somewhere, and the description can be had', async (t) => {
        const page = await t.page({ width: wide });
        await page.goto(`${t.server}/docs`);
        const lost = await page.evaluate(() => [...document.querySelectorAll('.reference a[href^="#"]')]
            .map((link) => link.getAttribute('href').slice(1)).filter((id) => !document.getElementById(id)));
        t.assert.deepEqual(lost, []);
        const description = await page.request.get(`${t.server}/docs/openapi.yaml`);
        t.assert.equal(description.headers()['content-type'], 'application/yaml; charset=utf-8');
        const operations = [...(await description.text()).matchAll(/operationId: (\w+)/g)].map(([, id]) => id);
        t.assert.ok(operations.length > 60, `${operations.length} operations`);
        for (const id of operations) t.assert.equal(await page.locator(`#${id}`).count(), 1, id);
    }],
];
