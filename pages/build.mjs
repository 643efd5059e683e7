// Builds what pages need besides their HTML: style sheets, scripts and icons, made small, named by their content, compressed in
// advance, and written as one C++ source (src/web/assets.hpp) that the program carries. Run by CMake: node build.mjs <folder>
//
//   entries/*.css, entries/*.js   each becomes one asset of that name; what it imports is bundled into it
//   ../api/openapi.yaml           the API's description, carried as it is and as a page (reference.mjs)
//   icons.txt                     names of icons from lucide-static, one a line; inlined into pages by web::icon
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { reference } from './reference.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (!out) throw new Error('Say where to: node build.mjs <folder>');
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

// Phones of 2020 and later; older ones get the plain page, which needs no script.
const target = ['chrome80', 'firefox74', 'safari14.1'];
const types = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' };
const entries = readdirSync(join(here, 'entries')).filter((name) => /\.(css|js)$/.test(name)).sort();
const built = await build({
    entryPoints: entries.map((name) => join(here, 'entries', name)),
    bundle: true, minify: true, write: false, outdir: out, format: 'iife', target, charset: 'utf8', legalComments: 'none',
    entryNames: '[name]', logLevel: 'warning',
});

const assets = built.outputFiles.map((file) => {
    const name = file.path.split('/').pop();
    const kind = name.split('.').pop();
    const plain = Buffer.from(file.contents);
    const hash = createHash('sha256').update(plain).digest('hex').slice(0, 12);
    return {
        name, hash, type: types[kind], path: `/assets/${name.slice(0, -kind.length - 1)}.${hash}.${kind}`,
        bytes: {
            plain, gzip: gzipSync(plain, { level: 9 }),
            brotli: brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } }),
        },
    };
}).sort((a, b) => (a.name < b.name ? -1 : 1));

// The shapes alone: size, stroke and colour are the style sheet's.
const icons = readFileSync(join(here, 'icons.txt'), 'utf8').split('\n').map((line) => line.trim()).filter(Boolean).sort();
const shape = (name) => readFileSync(join(here, 'node_modules/lucide-static/icons', `${name}.svg`), 'utf8')
    .replace(/<!--.*?-->/gs, '').replace(/<svg[^>]*>|<\/svg>/g, '').replace(/\s+/g, ' ').replace(/> </g, '><').replace(/ \/>/g, '/>').trim();

let arrays = '', table = '';
for (const [index, asset] of assets.entries()) {
    for (const [coding, bytes] of Object.entries(asset.bytes)) {
        // Named by content, so that a compiler cache can never serve an old one.
        const file = `${asset.hash}.${coding}`;
        writeFileSync(join(out, file), bytes);
        arrays += `constexpr unsigned char k${coding}${index}[] = {\n#embed "${file}"\n};\n`;
    }
    table += `    {"${asset.name}", "${asset.path}", "${asset.type}", "${asset.hash}", view(kplain${index}), view(kgzip${index}), view(kbrotli${index})},\n`;
}
// The API's description, and the page made from it: not assets, because their addresses stay.
const description = join(here, '../api/openapi.yaml');
const documents = { openapi: readFileSync(description), reference: Buffer.from(reference(description)) };
for (const [name, bytes] of Object.entries(documents)) {
    const file = `${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.${name}`;
    writeFileSync(join(out, file), bytes);
    arrays += `constexpr unsigned char k_${name}[] = {\n#embed "${file}"\n};\n`;
}
writeFileSync(join(out, 'assets.cpp'), `// Made by pages/build.mjs.
#include "web/assets.hpp"

#pragma clang diagnostic ignored "-Wc23-extensions"
#pragma clang diagnostic ignored "-Wc++11-narrowing"  // clang 19 reads bytes above 127 as negative

namespace clinicpro::web {
namespace {

${arrays}
template <size_t N>
std::string_view view(const unsigned char (&bytes)[N]) {
    return {reinterpret_cast<const char*>(bytes), N};
}
const Asset kAssets[] = {
${table}};
constexpr Icon kIcons[] = {
${icons.map((name) => `    {"${name}", R"svg(${shape(name)})svg"},`).join('\n')}
};

}  // namespace

std::span<const Asset> embedded_assets() { return kAssets; }
std::span<const Icon> embedded_icons() { return kIcons; }
std::string_view embedded_openapi() { return view(k_openapi); }
std::string_view embedded_reference() { return view(k_reference); }

}  // namespace clinicpro::web
`);
for (const { name, bytes } of assets) {
    console.log(`  ${name}: ${bytes.plain.length} bytes, ${bytes.gzip.length} by gzip, ${bytes.brotli.length} by brotli`);
}
