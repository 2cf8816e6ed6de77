/** Asks for messages by subject, sequence or time. */
import type { InputHTMLAttributes } from 'preact';
import { useState } from 'preact/hooks';
import { dateAndTime } from '../kit/format.ts';
import { hashOf } from '../route.ts';

/** Nothing is asked for while one still writes: with Enter, or with the button. */
export function MessageSearch(props: {
  stream: string | undefined;
  names: readonly string[];
  query: Readonly<Record<string, string>>;
}) {
  const { stream, names, query } = props;
  const [place, setPlace] = useState(stream ?? '');
  const [subject, setSubject] = useState(query['subject'] ?? '');
  const [seq, setSeq] = useState(query['seq'] ?? '');
  const [time, setTime] = useState(localTime(query['time']));
  const search = (event: Event) => {
    event.preventDefault();
    if (place === '') return;
    const at = seq !== '' ? { seq } : { time: time === '' ? null : new Date(time).toISOString() };
    location.hash = hashOf('messages', [place], { subject, ...at });
  };
  // The server takes a sequence or a time: writing one empties the other.
  const begin = (from: { seq?: string; time?: string }) => {
    setSeq(from.seq ?? '');
    setTime(from.time ?? '');
  };
  return (
    <form class="controls" onSubmit={search}>
      <Field label="Stream" list="streams" required value={place} change={setPlace} />
      <datalist id="streams">
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Field
        label="Subject, with * and >"
        place="grow"
        data-filter
        placeholder=">"
        value={subject}
        change={setSubject}
      />
      <Field
        label="From sequence"
        place="narrow"
        inputMode="numeric"
        pattern="[0-9]*"
        value={seq}
        change={(value) => begin({ seq: value })}
      />
      <Field
        label="or from a time"
        type="datetime-local"
        step="1"
        value={time}
        change={(value) => begin({ time: value })}
      />
      <button type="submit" class="button main">
        Show
      </button>
    </form>
  );
}

interface FieldProps extends InputHTMLAttributes {
  readonly label: string;
  readonly place?: string;
  readonly change: (value: string) => void;
}

function Field({ label, place = '', change, ...input }: FieldProps) {
  return (
    <label class={`labelled ${place}`}>
      <span class="label">{label}</span>
      <input
        class="field"
        onInput={({ currentTarget }) => change(currentTarget.value)}
        {...input}
      />
    </label>
  );
}

/** As the field for local times wants it. */
function localTime(text: string | undefined): string {
  const timeMs = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(timeMs) ? '' : dateAndTime(timeMs).slice(0, 19).replace(' ', 'T');
}
