// Zoom's own client, unchanged, against the sandbox: gets a token, creates, lists, reads, changes and deletes a meeting,
// and takes the sandbox's signed events. Usage: node zoom_client.mjs http://127.0.0.1:PORT
//
// Its API address is an option (baseUrl); its token address is a constant, so axios, which it calls, is told to send
// requests for https://zoom.us to the sandbox instead.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import axios from 'axios';
import { MeetingsS2SAuthClient } from '@zoom/rivet/meetings';

const sandbox = process.argv[2];
axios.interceptors.request.use((config) => {
  if (config.url.startsWith('https://zoom.us/')) config.url = config.url.replace('https://zoom.us', `${sandbox}/zoom`);
  return config;
});
const steer = async (method, path, body) => {
  const answer = await fetch(`${sandbox}/_sandbox/zoom${path}`, { method, body: body && JSON.stringify(body) });
  assert.equal(answer.status, 200, `${method} ${path}`);
  return answer.json();
};
const free = await new Promise((done) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => done(port));
  });
});

const client = new MeetingsS2SAuthClient({
  accountId: 'sandbox-account', clientId: 'sandbox-zoom-client', clientSecret: 'sandbox-zoom-secret',
  webhooksSecretToken: 'sandbox-zoom-webhook-secret', baseUrl: `${sandbox}/zoom/v2`, port: free,
});
const told = [];
client.webEventConsumer.event('meeting.started', ({ payload }) => told.push(`started ${payload.object.id}`));
client.webEventConsumer.event('meeting.ended', ({ payload }) => told.push(`ended ${payload.object.id}`));
const server = await client.start();

const { meetings } = client.endpoints;
const host = 'doctor@clinic.example';
const made = await meetings.createMeeting({
  path: { userId: host },
  body: { topic: 'Online visit', type: 2, start_time: '2030-01-01T08:00:00Z', duration: 30, agenda: 'x',
    password: 'ab2c-3', settings: { waiting_room: true, join_before_host: false, auto_recording: 'none' } },
});
assert.equal(made.statusCode, 201);
assert.equal(made.data.settings.waiting_room, true);
assert.match(made.data.join_url, /^https:\/\/.*pwd=/);
assert.match(made.trackingId, /./);
const meetingId = made.data.id;
const listed = await meetings.listMeetings({ path: { userId: host }, query: { type: 'scheduled', page_size: 300 } });
assert.deepEqual(listed.data.meetings.map(({ id }) => id), [meetingId]);
const read = await meetings.getMeeting({ path: { meetingId } });
assert.equal(read.data.duration, 30);
assert.match(read.data.start_url, /zak=/);
assert.equal((await meetings.updateMeeting({ path: { meetingId }, body: { duration: 45 } })).statusCode, 204);
assert.equal((await meetings.getMeeting({ path: { meetingId } })).data.duration, 45);

await steer('PUT', '', { webhook_url: `http://127.0.0.1:${free}/zoom/events` });
await steer('POST', '/validate-url');
await steer('POST', `/meetings/${meetingId}/act`, { action: 'start' });
await steer('POST', `/meetings/${meetingId}/act`, { action: 'end' });
for (let i = 0; i < 200 && told.length < 2; ++i) await new Promise((done) => setTimeout(done, 25));
assert.deepEqual(told.sort(), [`ended ${meetingId}`, `started ${meetingId}`]);
const { deliveries } = await (await fetch(`${sandbox}/_sandbox/deliveries?kind=endpoint.url_validation`)).json();
assert.equal(deliveries.length, 1);
assert.equal(deliveries[0].attempts[0].status, 200);

assert.equal((await meetings.deleteMeeting({ path: { meetingId } })).statusCode, 204);
assert.equal((await steer('GET', '/meetings')).live, 0);
await assert.rejects(meetings.getMeeting({ path: { meetingId } }), /\[404\/3001\]/);
server.close();
console.log('@zoom/rivet created, listed, read, changed and deleted a meeting, and believed its events');
