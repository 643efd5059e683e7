// Runs the stories of this folder in Debian's Chromium against the real server and sandbox. Started by tests/browser_test.sh, which says
// where they are; an argument runs only the stories whose name holds it.
//
// A story file is `NAME.story.mjs` and exports `stories`: [["a fact that should hold", async (t) => { ... }], ...]. `t` is a Scene
// (scene.mjs): pages that watch for complaints, the API, the sandbox, and checks. SHOTS=folder keeps a picture of every t.shot().
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openHouse } from './scene.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv[2] ?? '';
const house = await openHouse();
let passed = 0, failed = 0;
for (const file of readdirSync(here).filter((name) => name.endsWith('.story.mjs')).sort()) {
    const { stories } = await import(`./${file}`);
    for (const [name, play] of stories) {
        if (!`${file} ${name}`.includes(wanted)) continue;
        const began = Date.now();
        const scene = house.scene();
        try {
            await play(scene);
            await scene.finish();
            passed++;
            console.log(`so      ${file.split('.')[0]}: ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
        } catch (error) {
            failed++;
            console.log(`NOT SO  ${file.split('.')[0]}: ${name}\n        ${String(error.stack ?? error).split('\n').slice(0, 12).join('\n        ')}`);
            await scene.keepEvidence(`${file.split('.')[0]}-${passed + failed}`);
        } finally {
            await scene.close();
        }
    }
}
await house.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
