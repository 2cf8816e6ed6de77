/** Timetables as configuration for other tools: each is one message in the stream TICKS. Pure. */

/** A timetable: the message, stored once, that makes the server tick. */
export interface ExportedSchedule {
  readonly name: string;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Comments that say how timetables get to the server, for formats that know resources only. */
export function scheduleComments(schedules: readonly ExportedSchedule[]): string[] {
  return schedules.map(({ name, subject, headers, body }) => {
    const flags = Object.entries(headers).map(([key, value]) => `-H ${quoted(`${key}:${value}`)}`);
    const command = ['nats pub', ...flags, quoted(subject), quoted(body)].join(' ');
    return `# schedule ${name} is a message, to be stored once the stream is there, and again when it changes:\n# ${command}\n`;
  });
}

/** For a shell. Line breaks would end a comment, and a header has none. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
