// The reference of the API as HTML, made from api/openapi.yaml when the program is built: one page without a script, which the
// server shows at /docs inside its own frame. What each operation takes and answers, and the shapes of what is sent. A reference
// that leads nowhere is an error here, not a gap in the page.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const methods = ['get', 'post', 'put', 'patch', 'delete'];
const escape = (text) => String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
// Paragraphs, and `code` within them: what our descriptions are written in.
const prose = (text) => String(text ?? '').trim().split(/\n\s*\n/).filter(Boolean).map((part) => `<p>${inline(part)}</p>`).join('');
const inline = (text) => escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');

export function reference(file) {
    const api = parse(readFileSync(file, 'utf8'));
    const named = (ref) => ref.split('/').pop();
    const follow = (value) => (value?.$ref ? value.$ref.slice(2).split('/').reduce((at, key) => {
        if (!(key in at)) throw new Error(`${file}: ${value.$ref} leads nowhere`);
        return at[key];
    }, api) : value);

    // What a value is, in a line; a shape with a name is a link to it.
    function kind(schema) {
        if (!schema) return '';
        if (schema.$ref) return `<a href="#schema-${escape(named(schema.$ref))}">${escape(named(schema.$ref))}</a>`;
        for (const [key, word] of [['oneOf', ' or '], ['anyOf', ' or '], ['allOf', ' with ']]) {
            if (schema[key]) return schema[key].map(kind).join(word);
        }
        if (schema.enum) return schema.enum.map((one) => `<code>${escape(one)}</code>`).join(', ');
        if ('const' in schema) return `<code>${escape(schema.const)}</code>`;
        const types = [schema.type ?? (schema.properties ? 'object' : 'any')].flat();
        const words = types.map((type) => (type === 'array' ? `list of ${kind(schema.items)}` : escape(type))).join(' or ');
        return words + (schema.format ? ` (${escape(schema.format)})` : '');
    }
    const bounds = {
        minimum: (n) => `at least ${n}`, maximum: (n) => `at most ${n}`, minLength: (n) => `at least ${n} characters`,
        maxLength: (n) => `at most ${n} characters`, minItems: (n) => `at least ${n} items`, maxItems: (n) => `at most ${n} items`,
        pattern: (n) => `matches ${n}`, default: (n) => `usually ${n}`,
    };
    const limits = (schema) => Object.entries(bounds).filter(([key]) => schema?.[key] !== undefined)
        .map(([key, say]) => say(`<code>${escape(schema[key])}</code>`)).join('; ');
    const required = (is) => (is ? ' <span class="soft">required</span>' : '');
    const told = (schema, description) => [inline(description ?? schema?.description ?? ''), limits(schema)].filter(Boolean).join('; ');
    const table = (heads, rows) => (rows.length === 0 ? '' : `<div class="scroll" tabindex="0" role="group" aria-label="${heads[0]}"><table><thead><tr>`
        + heads.map((head) => `<th scope="col">${head}</th>`).join('') + `</tr></thead><tbody>${rows.join('')}</tbody></table></div>`);
    const row = (...cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;

    // The members of an object, those of objects inside it and of lists of them by their path.
    function members(schema, prefix = '') {
        const rows = [];
        for (const part of [schema, ...(schema.allOf ?? []).map(follow)]) {
            for (const [name, value] of Object.entries(part.properties ?? {})) {
                rows.push(row(`<code>${escape(prefix + name)}</code>${required((part.required ?? []).includes(name))}`, kind(value), told(value)));
                const inner = value.type === 'array' ? value.items : value;
                if (!inner?.$ref && (inner?.properties || inner?.allOf)) rows.push(...members(inner, `${prefix}${name}${value.type === 'array' ? '[]' : ''}.`));
            }
        }
        return rows;
    }
    const example = (value) => (value === undefined ? '' : `<pre tabindex="0"><code>${escape(typeof value === 'string' ? value : JSON.stringify(value, null, 2))}</code></pre>`);
    function body(content, title) {
        return Object.entries(content ?? {}).map(([type, { schema, example: shown }]) => `<h4>${title} <code>${escape(type)}</code></h4>`
            + `<p>${kind(schema)}</p>${schema?.$ref ? '' : table(['Member', 'Kind', 'Meaning'], members(schema ?? {}))}${example(shown)}`).join('');
    }
    function operation(path, method, shared, one) {
        const parameters = [...(shared ?? []), ...(one.parameters ?? [])].map(follow);
        const request = follow(one.requestBody);
        const responses = Object.entries(one.responses).map(([status, response]) => {
            const is = follow(response);
            const shapes = Object.values(is.content ?? {}).map(({ schema }) => (schema?.properties?.items
                ? `a page of ${kind(schema.properties.items.items)}` : kind(schema))).join(', ');
            return row(`<code>${escape(status)}</code>`, inline(is.description), shapes);
        });
        return `<section class="card stack tight operation" id="${escape(one.operationId)}"><h3>${inline(one.summary ?? one.operationId)}</h3>`
            + `<p class="route"><span class="method ${method}">${method.toUpperCase()}</span> <code>${escape(path).replaceAll('/', '/<wbr>')}</code></p>${prose(one.description)}`
            + (parameters.length ? `<h4>Parameters</h4>${table(['Name', 'Where', 'Kind', 'Meaning'], parameters.map((p) => row(`<code>${escape(p.name)}</code>${required(p.required)}`, escape(p.in), kind(p.schema), told(p.schema, p.description))))}` : '')
            + (request ? body(request.content, 'Body') : '')
            + `<h4>Answers</h4>${table(['Status', 'When', 'What'], responses)}</section>`;
    }

    // How somebody who asks is known; every scheme that is used must be one the page can tell.
    const schemes = Object.values(api.components.securitySchemes).map(({ type, scheme, description }) => {
        if (type !== 'http' || scheme !== 'bearer') throw new Error(`${file}: the reference cannot tell the security scheme ${type} ${scheme}`);
        return `<p><code>Authorization: Bearer KEY</code>. ${inline(description)}.</p>`;
    }).join('');

    // By the resource that an address is about.
    const groups = new Map();
    for (const [path, item] of Object.entries(api.paths)) {
        const word = (path.replace('/v1/clinics/{clinic}/', '').replace(/^\/(v1\/)?/, '').split('/')[0] || 'clinics').replace(/\.csv$/, '');
        const title = path.startsWith('/v1/') ? word.replaceAll('-', ' ').replace('{clinic}', 'clinics') : 'without a key';
        for (const method of methods.filter((each) => item[each])) {
            if (!groups.has(title)) groups.set(title, []);
            groups.get(title).push({ path, method, shared: item.parameters, one: item[method] });
        }
    }
    const anchor = (title) => `group-${title.replaceAll(/[^a-z0-9]+/g, '-')}`;
    const upper = (title) => title[0].toUpperCase() + title.slice(1);
    const contents = [...groups].map(([title, all]) => `<li><a href="#${anchor(title)}">${escape(upper(title))}</a> <span class="soft">${all.length}</span></li>`).join('');
    const sections = [...groups].map(([title, all]) => `<h2 id="${anchor(title)}">${escape(upper(title))}</h2>`
        + all.map(({ path, method, shared, one }) => operation(path, method, shared, one)).join('')).join('');
    const shapes = Object.entries(api.components.schemas).map(([name, schema]) => `<section class="card stack tight operation" id="schema-${escape(name)}"><h3>${escape(name)}</h3>`
        + `${prose(schema.description)}${schema.type === 'object' || schema.properties ? '' : `<p>${kind(schema)}</p>`}${table(['Member', 'Kind', 'Meaning'], members(schema))}${example(schema.example)}</section>`).join('');
    return `<div class="stack reference"><h1>${escape(api.info.title)} API</h1><p>${inline(api.info.summary)}, version ${escape(api.info.version)}. `
        + `<a href="/docs/openapi.yaml">The OpenAPI description</a> that this page is made from.</p><div class="card stack tight">${schemes}${prose(api.info.description)}</div>`
        + `<nav aria-label="Contents"><ul class="contents">${contents}<li><a href="#shapes">Shapes</a></li></ul></nav>`
        + `${sections}<h2 id="shapes">Shapes</h2>${shapes}</div>`;
}
