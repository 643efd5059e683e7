// A mail server and readers that are not ours: nodemailer's smtp-server and mailparser, and ical.js.
// Prints "ready PORT", then one line of JSON for each mail it took. Refuses a wrong password and the address full@example.com.
import { SMTPServer } from 'smtp-server';
import { simpleParser } from 'mailparser';
import ICAL from 'ical.js';

function event(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const one = new ICAL.Event(calendar.getFirstSubcomponent('vevent'));
  return {
    method: calendar.getFirstPropertyValue('method'),
    uid: one.uid,
    sequence: one.sequence,
    start: one.startDate.toJSDate().toISOString(),
    summary: one.summary,
    location: one.location,
    status: one.component.getFirstPropertyValue('status'),
    organizer: one.organizer,
    attendees: one.attendees.map((attendee) => attendee.getFirstValue()),
  };
}

const server = new SMTPServer({
  disabledCommands: ['STARTTLS'],
  allowInsecureAuth: true,
  logger: false,
  onAuth(auth, session, done) {
    const good = auth.username === 'visits' && auth.password === 'peer-secret';
    done(good ? null : new Error('Invalid username or password'), good ? { user: 'visits' } : undefined);
  },
  onRcptTo(address, session, done) {
    if (address.address !== 'full@example.com') return done();
    done(Object.assign(new Error('Mailbox full'), { responseCode: 552 }));
  },
  onData(stream, session, done) {
    simpleParser(stream).then((mail) => {
      const calendars = mail.attachments.filter((one) => /calendar|ics/.test(one.contentType));
      console.log(JSON.stringify({
        from: mail.from.value[0],
        to: mail.to.value[0].address,
        envelope: [session.envelope.mailFrom.address, session.envelope.rcptTo[0].address],
        subject: mail.subject,
        id: mail.messageId,
        date: mail.date.toISOString(),
        text: mail.text,
        html: mail.html,
        attachments: mail.attachments.map((one) => [one.contentType, one.filename ?? null]),
        events: calendars.map((one) => event(one.content.toString('utf8'))),
      }));
      done();
    }, done);
  },
});
server.on('error', () => {});
server.listen(0, '127.0.0.1', () => console.log('ready ' + server.server.address().port));
