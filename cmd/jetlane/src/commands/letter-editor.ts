/** Lets the user correct the body of a dead letter, in an editor or with a file. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { defaultLimits } from '@jetlane/contracts';
import { type DeadLetter, msgpack } from '@jetlane/core';
import { flattenJson, indentJson, roundedInteger } from '@jetlane/studio/json';
import { Failure, messageOf } from '../failure.ts';
import { contentTypeOf, readBody } from '../tail/stored-record.ts';

/**
 * Opens the body as JSON in `$VISUAL` or `$EDITOR`. Resolves to the new bytes, in the form that the message had, or to
 * undefined when nothing was changed. Throws a `Failure` when the body is no data, or the result no JSON.
 */
export async function editLetter(
  letter: DeadLetter,
  env: NodeJS.ProcessEnv,
): Promise<{ payload: Uint8Array } | undefined> {
  const body = readBody(letter);
  if (body.kind !== 'json')
    throw new Failure(
      `dead letter ${letter.seq} has no body that can be edited as JSON: replay it as it is, or give another with --payload`,
    );
  if (
    isPacked(letter) &&
    !isDeepStrictEqual(JSON.parse(body.json), msgpack.decode(letter.payload, defaultLimits))
  )
    throw new Failure(
      `dead letter ${letter.seq} holds what JSON has no form for (integers beyond 2^53, bytes or dates), and an editor would turn that into text: replay it as it is, or give another body with --payload`,
    );
  const before = `${indentJson(body.json)}\n`;
  const after = await editText(before, `dead-letter-${letter.seq}.json`, env);
  if (after === before) return undefined;
  return { payload: encode(letter, after, 'what the editor left') };
}

/** The bytes of a file, or of stdin for `-`. */
export async function readPayload(
  path: string,
  stdin: AsyncIterable<unknown>,
): Promise<Uint8Array> {
  if (path !== '-')
    return readFile(path).catch((cause: unknown) => {
      throw new Failure(`${path} cannot be read: ${messageOf(cause)}`);
    });
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** A body in the form that the message had: JSON becomes what its content type says; other types take the bytes as they are. */
export function toPayload(letter: DeadLetter, bytes: Uint8Array): Uint8Array {
  if (!/json|msgpack/.test(contentTypeOf(letter.headers) ?? 'json')) return bytes;
  return encode(letter, new TextDecoder().decode(bytes), '--payload');
}

function isPacked({ headers }: DeadLetter): boolean {
  return /msgpack/.test(contentTypeOf(headers) ?? 'json');
}

/** JSON goes back as it was written: a number of JavaScript would lose the digits of large integers. */
function encode(letter: DeadLetter, text: string, what: string): Uint8Array {
  const { seq } = letter;
  const value = parse(text, seq, what);
  if (isPacked(letter)) {
    const integer = roundedInteger(text);
    if (integer === undefined) return msgpack.encode(value);
    throw new Failure(
      `dead letter ${seq} was not replayed: ${what} holds ${integer}, which would be sent as another number; write it as text, or replay the letter as it is`,
    );
  }
  return new TextEncoder().encode(flattenJson(text));
}

async function editText(text: string, name: string, env: NodeJS.ProcessEnv): Promise<string> {
  const editor = env.VISUAL || env.EDITOR || 'vi';
  const directory = await mkdtemp(join(tmpdir(), 'jetlane-edit-'));
  const file = join(directory, name);
  try {
    await writeFile(file, text, { mode: 0o600 });
    await runEditor(editor, file);
    return await readFile(file, 'utf8');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Through a shell, as git does it: an editor may come with options, as in `code --wait`. */
function runEditor(editor: string, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'editor', file], { stdio: 'inherit' });
    child.once('error', () =>
      reject(new Failure(`the editor '${editor}' does not start: set EDITOR`)),
    );
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Failure(`the editor '${editor}' ended with exit code ${code}: nothing was replayed`),
        );
    });
  });
}

function parse(text: string, seq: number, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure(
      `dead letter ${seq} was not replayed: ${what} is no JSON: ${messageOf(cause)}`,
    );
  }
}
