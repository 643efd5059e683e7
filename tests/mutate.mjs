// Breaks the decision files (tests/decisions.txt) one piece at a time and asks their tests whether they see it.
//
//   ./dev mutate                                   every file of the list
//   ./dev mutate src/payments/transaction.cpp      only these; with :86 behind it, only that line
//   ./dev mutate --jobs 1 --list                   the mutants, without running them
//
// A mutant is one change: a comparison, && or ||, a !, true or false, a number, an enumerator, a condition the other way
// round, a returned value emptied, a statement left out. It is compiled without optimisation as build/cover compiles the
// file, linked in place of the original into that layer's test program, and run. Killed: a test fails, crashes or does
// not end. Mutants that do not compile are not counted. Left alone: texts, CHECKs, log lines, and what prepares them.
// Survivors that change nothing anybody could see are judged in tests/equivalent_mutants.txt, each with its reason.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const build = 'build/cover';
const wantedScore = 0.95;
const testSeconds = 60;

// ---- reading C++ as clang-format leaves it ----

// The same text with comments, literals and preprocessor lines blanked out, so that offsets stay.
function masked(text) {
    const blank = (part) => part.replace(/[^\n]/g, ' ');
    return text
        .replace(/\/\/.*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])U?'(?:\\.|[^'\\\n])+'/g,
                 (part) => (part[0] === '"' ? `"${blank(part.slice(2))}"` : blank(part)))
        .replace(/^[ ]*#.*(?:\\\n.*)*/gm, blank);
}

function closing(code, open) {
    let depth = 0;
    for (let i = open; i < code.length; ++i) {
        if ('([{'.includes(code[i])) ++depth;
        if (')]}'.includes(code[i]) && --depth === 0) return i;
    }
    throw new Error('a bracket is not closed');
}

// Ranges of the file that are to be mutated: the named functions, and the constants that they use.
function ranges(code, names) {
    if (names[0] === '*') return [[0, code.length]];
    const found = [];
    let bodies = '';
    for (const name of names) {
        const start = code.search(new RegExp(`^[A-Za-z][^\\n;={]*\\b${name}\\(`, 'm'));
        if (start < 0) throw new Error(`there is no function ${name}`);
        const end = code.indexOf('\n}\n', start);
        found.push([start, end]);
        bodies += code.slice(start, end);
    }
    for (const constant of code.matchAll(/^constexpr [^\n]*\b(k\w+)(?:\[\])? = /gm)) {
        if (new RegExp(`\\b${constant[1]}\\b`).test(bodies)) {
            found.push([constant.index, code.indexOf(';', constant.index)]);
        }
    }
    return found;
}

// ---- mutants ----

function mutants(text, names) {
    const code = masked(text);
    const inside = ranges(code, names);
    const spared = [];
    for (const call of code.matchAll(/\b(?:CHECK|log::\w+)\(/g)) {
        spared.push([call.index, closing(code, call.index + call[0].length - 1) + 1]);
    }
    const all = [];
    const add = (kind, at, length, into) => {
        if (!inside.some(([from, to]) => at >= from && at < to)) return;
        if (spared.some(([from, to]) => at >= from && at < to)) return;
        if (text.slice(at, at + length) !== into) all.push({ kind, at, length, into });
    };
    const each = (pattern, act) => { for (const hit of code.matchAll(pattern)) act(hit); };

    const other = { '==': ['!='], '!=': ['=='], '<': ['<=', '>='], '<=': ['<', '>'], '>': ['>=', '<='], '>=': ['>', '<'] };
    each(/(?<= )(==|!=|<=|>=|<|>)(?= )/g, (hit) => {
        for (const into of other[hit[1]]) add('relation', hit.index, hit[1].length, into);
    });
    each(/(?<=\s)(&&|\|\|)(?=\s)/g, (hit) => add('boolean', hit.index, 2, hit[1] === '&&' ? '||' : '&&'));
    each(/!(?=[a-z(*])/g, (hit) => add('boolean', hit.index, 1, ''));
    each(/\b(true|false)\b/g, (hit) => add('boolean', hit.index, hit[1].length, hit[1] === 'true' ? 'false' : 'true'));
    each(/(?<=(?<!") )[-+](?= (?!"))/g, (hit) => add('arithmetic', hit.index, 1, hit[0] === '+' ? '-' : '+'));
    each(/(?<![\w.'])\d[\d']*(?=(?:min|h|s|us|ms)?\b)(?!\.)/g, (hit) => {
        const number = BigInt(hit[0].replaceAll("'", ''));
        const line = code.slice(code.lastIndexOf('\n', hit.index) + 1, code.indexOf('\n', hit.index));
        add('constant', hit.index, hit[0].length, String(number + 1n));
        const isTable = (line.match(/\d+/g) ?? []).length > 5;
        if (number > 0n && !isTable) add('constant', hit.index, hit[0].length, String(number - 1n));
    });
    enumerators(code, add);
    each(/\bif (?:constexpr )?\(/g, (hit) => {
        const open = hit.index + hit[0].length - 1, end = closing(code, open);
        const condition = text.slice(open + 1, end);
        const isOneRelation = /^[^&|?!]* (?:==|!=|<|>|<=|>=) [^&|?]*$|^![\w.()>*-]+$/.test(condition);  // its own mutant says the same
        if (!isOneRelation && !condition.includes(';') && !/^\s*(?:const\s+)?auto/.test(condition)) {
            add('condition', open + 1, end - open - 1, `!(${condition})`);
        }
    });
    each(/\s\? /g, (hit) => {
        for (const into of [' && false ? ', ' || true ? ']) add('condition', hit.index, hit[0].length, into);
    });
    each(/\breturn ([^;]+);/g, (hit) => {
        if (!/^(?:\{\}|false|0|std::nullopt|"\s*"|\w+\(\{\}\))$/.test(hit[1])) add('return', hit.index + 7, hit[1].length, '{}');
    });
    statements(code, add);
    return all.sort((a, b) => a.at - b.at);
}

// State::kPaid becomes another State of the file; labels of a switch are left alone, the compiler holds those.
function enumerators(code, add) {
    const hits = [...code.matchAll(/(?<!\bcase )(?<![\w:])((?:\w+::)*(?:Kind|\w*State|Witness|Leftover|Verb|PayStep|JoinView|Template|ResultClass))::(k\w+)/g)];
    for (const hit of hits) {
        const known = [...new Set(hits.filter((one) => one[1] === hit[1]).map((one) => one[2]))];
        if (known.length < 2) continue;
        const next = known[(known.indexOf(hit[2]) + 1) % known.length];
        add('enumerator', hit.index + hit[1].length + 2, hit[2].length, next);
    }
}

// Statements that are not declarations: assignments, calls, break, continue, and an `if` with all it does.
function statements(code, add) {
    for (const hit of code.matchAll(/^( +)((?:[a-z_*][\w.*()\->[\]]*(?: [-+*]?= |\()|TRY\((?!(?:const|auto|\w+ \w+,))|\+\+|break;|continue;)[^]*?;)(?=\n|  \/\/)/gm)) {
        if (/^(?:return|case|default|static|using|auto|constexpr|if|for|while|switch|else)\b/.test(hit[2])) continue;
        if (/[{}]/.test(hit[2]) && !balanced(hit[2])) continue;
        add('statement', hit.index + hit[1].length, hit[2].length, ';');
    }
    for (const hit of code.matchAll(/^ +if \(/gm)) {
        const start = hit.index + hit[0].indexOf('if');
        const end = closing(code, hit.index + hit[0].length - 1) + 1;
        const body = code.slice(end).match(/^\s*/)[0].length + end;
        const stop = code[body] === '{' ? closing(code, body) + 1 : code.indexOf(';', body) + 1;
        if (/^\s*else\b/.test(code.slice(stop))) continue;
        if (!balanced(code.slice(start, stop))) continue;
        add('statement', start, stop - start, ';');
    }
}

function balanced(part) {
    const count = (sign) => part.split(sign).length;
    return count('{') === count('}') && count('(') === count(')');
}

function describe(file, text, mutant) {
    const from = text.lastIndexOf('\n', mutant.at - 1) + 1;
    let to = text.indexOf('\n', mutant.at + mutant.length);
    if (to < 0) to = text.length;
    const line = text.slice(0, mutant.at).split('\n').length;
    const squeeze = (part) => part.replace(/\s+/g, ' ').trim();
    const heads = [...text.slice(0, mutant.at).matchAll(/^[A-Za-z][^\n]*?([\w:+-]+)\([^;\n]*$/gm)];
    return {
        place: `${file}:${line}`,
        where: heads.length ? heads.at(-1)[1] : '-',
        was: squeeze(text.slice(from, to)),
        is: squeeze(text.slice(from, mutant.at) + mutant.into + text.slice(mutant.at + mutant.length, to)),
    };
}

// ---- running ----

function run(command, options = {}) {
    return new Promise((done) => {
        const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'], ...options });
        let said = '';
        child.stdout.on('data', (part) => { said = (said + part).slice(-4000); });
        child.stderr.on('data', (part) => { said = (said + part).slice(-4000); });
        child.on('close', (code, signal) => done({ ok: code === 0, code: code ?? signal, said }));
    });
}

// How one file is compiled, and linked into its test program.
class Bench {
    constructor(file, layer, filter, folder) {
        const entry = JSON.parse(fs.readFileSync(`${build}/compile_commands.json`, 'utf8'))
            .find((one) => one.file.endsWith(`/${file}`));
        if (!entry) throw new Error(`${build} does not know ${file}`);
        this.compiling = entry.command.replace(/^\S*ccache /, '').replace(/ -o \S+ -c \S+$/, '') + ' -w';
        const links = execFileSync('ninja', ['-C', build, '-t', 'commands', `bin/${layer}_test`],
                                   { encoding: 'utf8', maxBuffer: 1 << 28 }).trim().split('\n');
        this.linking = links.at(-1).replace(/^: && /, '').replace(/ && :$/, '');
        this.program = `bin/${layer}_test`;
        this.filter = filter;
        this.folder = folder;
    }

    async judge(text, slot) {
        const at = path.join(this.folder, String(slot));
        fs.mkdirSync(at, { recursive: true });
        fs.writeFileSync(`${at}/mutant.cpp`, text);
        const compiled = await run(`${this.compiling} -o ${at}/mutant.o -c ${at}/mutant.cpp`, { cwd: build });
        if (!compiled.ok) return { verdict: 'not compiled', said: compiled.said };
        const linked = await run(this.linking.replace(` -o ${this.program} `, ` -o ${at}/test ${at}/mutant.o `), { cwd: build });
        if (!linked.ok) throw new Error(`linking failed: ${linked.said}`);
        const tested = await run(`timeout ${testSeconds} ${at}/test --gtest_brief=1 --gtest_fail_fast --gtest_filter='${this.filter}'`,
                                 { env: { ...process.env, LLVM_PROFILE_FILE: '/dev/null' } });
        return { verdict: tested.ok ? 'survived' : 'killed', said: tested.said };
    }
}

function readDecisions() {
    return fs.readFileSync('tests/decisions.txt', 'utf8').split('\n')
        .filter((line) => line && !line.startsWith('#'))
        .map((line) => line.split(/\s+/))
        .map(([file, names, layer, filter]) => ({ file, names: names.split(','), layer, filter }));
}

// Entries of four lines: the file and the function, "- was", "+ is", why nobody can tell them apart.
function readJudged() {
    const name = 'tests/equivalent_mutants.txt';
    if (!fs.existsSync(name)) return new Map();
    const lines = fs.readFileSync(name, 'utf8').split('\n').filter((line) => line && !line.startsWith('#'));
    const judged = new Map();
    for (let i = 0; i + 3 < lines.length; i += 4) {
        judged.set(`${lines[i]}\n${lines[i + 1].slice(2)}\n${lines[i + 2].slice(2)}`, lines[i + 3].trim());
    }
    return judged;
}

async function examine(decision, options, judged) {
    const text = fs.readFileSync(decision.file, 'utf8');
    const lineOf = (mutant) => text.slice(0, mutant.at).split('\n').length;
    const lines = options.lines.get(decision.file);
    const all = mutants(text, decision.names).filter((mutant) => !lines || lines.has(lineOf(mutant)));
    if (options.list) {
        for (const mutant of all) {
            const { place, was, is } = describe(decision.file, text, mutant);
            console.log(`${place}  ${mutant.kind}\n  - ${was}\n  + ${is}`);
        }
        return { file: decision.file, killed: 0, survived: [], equivalent: 0, broken: 0, all: all.length };
    }
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'clinicpro-mutate-'));
    try {
        const bench = new Bench(decision.file, decision.layer, decision.filter, folder);
        const untouched = await bench.judge(text, 0);
        if (untouched.verdict !== 'survived' || /\b0 tests from 0 test suites/.test(untouched.said)) {
            throw new Error(`${decision.file}: its tests do not pass untouched: ${untouched.said}`);
        }
        const tally = { file: decision.file, killed: 0, survived: [], equivalent: 0, broken: 0, all: all.length };
        let next = 0;
        const lane = async (slot) => {
            while (next < all.length) {
                const mutant = all[next++];
                const changed = text.slice(0, mutant.at) + mutant.into + text.slice(mutant.at + mutant.length);
                const { verdict } = await bench.judge(changed, slot);
                if (verdict === 'killed') ++tally.killed;
                if (verdict === 'not compiled') ++tally.broken;
                if (verdict === 'survived') {
                    const what = describe(decision.file, text, mutant);
                    if (judged.has(`${decision.file} ${what.where}\n${what.was}\n${what.is}`)) ++tally.equivalent;
                    else {
                        tally.survived.push(what);
                        console.log(`SURVIVED ${what.place} ${what.where}  ${mutant.kind}\n  - ${what.was}\n  + ${what.is}`);
                    }
                }
            }
        };
        await Promise.all(Array.from({ length: options.jobs }, (_, slot) => lane(slot)));
        return tally;
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

async function main() {
    const given = process.argv.slice(2);
    const options = { jobs: os.availableParallelism(), list: false, lines: new Map() };
    const files = [];
    while (given.length) {
        const word = given.shift();
        if (word === '--jobs') options.jobs = Number(given.shift());
        else if (word === '--list') options.list = true;
        else {
            const [file, line] = word.split(':');
            files.push(file);
            if (line) options.lines.set(file, (options.lines.get(file) ?? new Set()).add(Number(line)));
        }
    }
    const decisions = readDecisions().filter((one) => !files.length || files.includes(one.file));
    if (!decisions.length || !(options.jobs >= 1)) {
        console.error('mutate: name files of tests/decisions.txt, and --jobs a number');
        process.exit(64);
    }
    const judged = readJudged();
    const score = (one) => one.killed / (one.killed + one.survived.length);
    const row = (name, one) => console.log(
        `${name.padEnd(34)} ${String(one.killed + one.survived.length + one.equivalent).padStart(5)} mutants  ` +
        `${String(one.killed).padStart(5)} killed  ${String(one.survived.length).padStart(4)} survived  ` +
        `${String(one.equivalent).padStart(3)} equivalent  ${(100 * score(one)).toFixed(1)} %`);
    const total = { killed: 0, survived: [], equivalent: 0 };
    for (const decision of decisions) {
        const tally = await examine(decision, options, judged);
        if (options.list) continue;
        row(tally.file, tally);
        total.killed += tally.killed;
        total.survived.push(...tally.survived);
        total.equivalent += tally.equivalent;
    }
    if (options.list) return;
    row('all', total);
    if (!(score(total) >= wantedScore)) {  // nothing examined is nothing shown
        console.error(`mutate: fewer than ${100 * wantedScore} % are killed`);
        process.exit(1);
    }
}

await main();
