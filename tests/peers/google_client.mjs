// Google's own clients, unchanged, against the sandbox: consent with PKCE, refresh, Calendar and Meet; then a service
// account's assertion signed by jsonwebtoken. Argument: the sandbox's address. It ends with 1 at the first surprise.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { auth, calendar } from '@googleapis/calendar';
import { meet } from '@googleapis/meet';
import jwt from 'jsonwebtoken';

const sandbox = process.argv[2];
const scopes = ['calendar.events', 'calendar.calendars.readonly', 'meetings.space.settings'].map(
    (name) => 'https://www.googleapis.com/auth/' + name);
const accounts = await (await fetch(sandbox + '/_sandbox/google')).json();
const live = async () => (await (await fetch(sandbox + '/_sandbox/google/meetings')).json()).meetings;
const refused = async (promise, status) => {
    const error = await promise.then(() => null, (reason) => reason);
    assert.ok(error, `expected ${status}, but it was allowed`);
    assert.equal(Number(error.status ?? error.code), status, String(error.message));
    return error;
};

// ---- a person agrees, and the client turns what he brings back into tokens ----
const redirect = 'http://127.0.0.1:9/connected';
const oauth = new auth.OAuth2({
    clientId: accounts.oauth_client.client_id,
    clientSecret: accounts.oauth_client.client_secret,
    redirectUri: redirect,
    endpoints: { oauth2AuthBaseUrl: sandbox + '/google/o/oauth2/v2/auth', oauth2TokenUrl: sandbox + '/google/token' },
});
const verifier = randomBytes(32).toString('base64url');
const page = new URL(oauth.generateAuthUrl({
    access_type: 'offline', prompt: 'consent', scope: scopes, state: 'here',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
}));
assert.equal((await fetch(page)).status, 200);
const answer = new URLSearchParams(page.searchParams);
answer.set('who', 'dr.wanjiku@mlimani.example');
answer.set('answer', 'allow');
for (const scope of scopes) answer.set('grant:' + scope.split('/').at(-1), '1');
const agreed = await fetch(page.origin + page.pathname, { method: 'POST', body: answer, redirect: 'manual' });
assert.equal(agreed.status, 303);
const back = new URL(agreed.headers.get('location'));
assert.equal(back.searchParams.get('state'), 'here');
const { tokens } = await oauth.getToken({ code: back.searchParams.get('code'), codeVerifier: verifier });
assert.ok(tokens.refresh_token && tokens.access_token);
await refused(oauth.getToken({ code: back.searchParams.get('code'), codeVerifier: verifier }), 400);
oauth.setCredentials({ refresh_token: tokens.refresh_token });  // from here on the client refreshes by itself

// ---- Calendar ----
const events = calendar({ version: 'v3', auth: oauth, rootUrl: sandbox, retry: false }).events;
const calendars = calendar({ version: 'v3', auth: oauth, rootUrl: sandbox, retry: false }).calendars;
const own = (await calendars.get({ calendarId: 'primary' })).data;
assert.deepEqual(own.conferenceProperties.allowedConferenceSolutionTypes, ['hangoutsMeet']);
const body = {
    id: 'peer0123456789',
    summary: 'Online visit',
    start: { dateTime: '2026-12-01T10:00:00Z', timeZone: 'Africa/Nairobi' },
    end: { dateTime: '2026-12-01T10:30:00Z', timeZone: 'Africa/Nairobi' },
    extendedProperties: { private: { peer: 'yes' } },
    conferenceData: { createRequest: { requestId: 'first', conferenceSolutionKey: { type: 'hangoutsMeet' } } },
};
const place = { calendarId: 'primary', sendUpdates: 'none' };
const made = (await events.insert({ ...place, conferenceDataVersion: 1, requestBody: body })).data;
assert.match(made.hangoutLink, /^https:\/\/meet\.google\.com\/[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
assert.equal(made.organizer.email, 'dr.wanjiku@mlimani.example');
await refused(events.insert({ ...place, conferenceDataVersion: 1, requestBody: body }), 409);
const read = (await events.get({ calendarId: 'primary', eventId: made.id })).data;
assert.equal(read.conferenceData.createRequest.status.statusCode, 'success');
const moved = (await events.patch({ ...place, eventId: made.id, conferenceDataVersion: 1, requestBody: {
    start: { dateTime: '2026-12-02T10:00:00Z' }, end: { dateTime: '2026-12-02T10:30:00Z' } } },
    { headers: { 'If-Match': read.etag } })).data;
assert.equal(moved.hangoutLink, made.hangoutLink);
await refused(events.patch({ ...place, eventId: made.id, requestBody: { summary: 'x' } },
    { headers: { 'If-Match': read.etag } }), 412);
const found = (await events.list({ calendarId: 'primary', privateExtendedProperty: ['peer=yes'],
    timeMin: '2026-12-01T00:00:00Z', timeMax: '2026-12-03T00:00:00Z', singleEvents: true })).data;
assert.deepEqual(found.items.map((event) => event.id), [made.id]);
const bare = (await events.insert({ ...place, requestBody: { ...body, id: 'peer0bare' } })).data;
assert.equal(bare.hangoutLink, undefined, 'without conferenceDataVersion=1 there is no link');

// ---- Meet ----
const spaces = meet({ version: 'v2', auth: oauth, rootUrl: sandbox, retry: false }).spaces;
const space = (await spaces.get({ name: 'spaces/' + made.conferenceData.conferenceId })).data;
assert.equal(space.meetingUri, made.hangoutLink);
const opened = (await spaces.patch({ name: space.name, updateMask: 'config.accessType',
    requestBody: { config: { accessType: 'OPEN' } } })).data;
assert.equal(opened.config.accessType, 'OPEN');
await refused(spaces.create({ requestBody: {} }), 403);  // needs a scope that was not agreed to

// ---- gone ----
assert.equal((await live()).length, 1);
assert.equal((await events.delete({ ...place, eventId: made.id })).status, 204);
await refused(events.delete({ ...place, eventId: made.id }), 410);
assert.equal((await events.get({ calendarId: 'primary', eventId: made.id })).data.status, 'cancelled');
await refused(events.insert({ ...place, requestBody: body }), 409);
assert.deepEqual(await live(), []);
await fetch(sandbox + '/_sandbox/google/revoke', { method: 'POST' });
oauth.setCredentials({ refresh_token: tokens.refresh_token });
const dead = await refused(events.get({ calendarId: 'primary', eventId: made.id }), 400);
assert.match(JSON.stringify(dead.response?.data ?? dead.message), /invalid_grant/);

// ---- a service account: jsonwebtoken signs, the sandbox verifies ----
const robot = accounts.service_account;
const exchange = async (claims, key = robot.private_key) => {
    const now = Math.floor(Date.now() / 1000);
    const assertion = jwt.sign({ iss: robot.client_email, scope: scopes[0], aud: robot.token_uri, iat: now - 10,
        exp: now + 3500, ...claims }, key, { algorithm: 'RS256', keyid: robot.private_key_id });
    const response = await fetch(robot.token_uri, { method: 'POST', body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }) });
    return { status: response.status, ...(await response.json()) };
};
const acting = await exchange({ sub: 'dr.otieno@mlimani.example' });
assert.equal(acting.expires_in, 3599, JSON.stringify(acting));
assert.equal((await exchange({ aud: 'https://oauth2.googleapis.com/token' })).error, 'invalid_grant');
assert.equal((await exchange({ sub: 'nobody@mlimani.example' })).error, 'invalid_grant');
assert.equal((await exchange({ sub: 'kisumu.clinic@mail.example' })).error, 'unauthorized_client');
const bearer = new auth.OAuth2();
bearer.setCredentials({ access_token: acting.access_token });
const theirs = calendar({ version: 'v3', auth: bearer, rootUrl: sandbox, retry: false }).events;
assert.equal((await theirs.insert({ ...place, conferenceDataVersion: 1, requestBody: { ...body, id: 'peer1' } }))
    .data.organizer.email, 'dr.otieno@mlimani.example');
const alone = new auth.OAuth2();
alone.setCredentials({ access_token: (await exchange({})).access_token });
const robots = calendar({ version: 'v3', auth: alone, rootUrl: sandbox, retry: false }).events;
const why = await refused(robots.insert({ ...place, conferenceDataVersion: 1, requestBody: { ...body, id: 'peer2' } }), 400);
assert.match(why.message, /Invalid conference type value/);
console.log("Google's own clients work with the sandbox");
