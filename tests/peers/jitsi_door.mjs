// Another implementation of JWT judges the door that meetings/jitsi_test compares byte by byte with ours: the signature,
// the claims a Jitsi server looks at, and that one changed letter or a later day closes it. With --write it makes the
// file, by its own code alone.
import { readFileSync, writeFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import jwt from 'jsonwebtoken';

const file = new URL('../meetings/golden/jitsi_door.txt', import.meta.url);
const secret = 's'.repeat(32);
const now = 1795000000;
const room = '00112233445566778899aabbccddeeff';
if (process.argv.includes('--write')) {
  const claims = { iss: 'clinic', aud: 'clinic', sub: 'meet.clinic.example', room, nbf: now - 60, iat: now, exp: now + 9000,
    context: { user: { id: 'patient', name: 'Patient', moderator: 'false', affiliation: 'member' } } };
  writeFileSync(file, `https://meet.clinic.example/${room}?jwt=${jwt.sign(claims, secret)}\n`);
}
const door = new URL(readFileSync(file, 'utf8').trim());
assert.equal(door.origin + door.pathname, `https://meet.clinic.example/${room}`);
const token = door.searchParams.get('jwt');
const rules = { algorithms: ['HS256'], issuer: 'clinic', audience: 'clinic', subject: 'meet.clinic.example' };
const claims = jwt.verify(token, secret, { ...rules, clockTimestamp: now });
assert.equal(claims.room, room);
assert.equal(claims.context.user.moderator, 'false');
for (const text of Object.values(claims.context.user)) assert.equal(typeof text, 'string');
assert.throws(() => jwt.verify(token, 'x'.repeat(32), { ...rules, clockTimestamp: now }), /invalid signature/);
assert.throws(() => jwt.verify(token, secret, { ...rules, clockTimestamp: now + 9000 }), /jwt expired/);
assert.throws(() => jwt.verify(token, secret, { ...rules, clockTimestamp: now - 61 }), /jwt not active/);
console.log('jsonwebtoken believes our door');
