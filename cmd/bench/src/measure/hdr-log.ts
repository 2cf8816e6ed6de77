/** Histograms as an HDR log, which HdrHistogram's tools read: values in nanoseconds, the maximum in milliseconds. */
import { writeFile } from 'node:fs/promises';
import { BenchFailure, messageOf } from '../frame/failure.ts';
import type { Histogram } from './histogram.ts';

/** A histogram, and what it is of. */
export interface Tagged {
  readonly tag: string;
  readonly histogram: Histogram;
}

const HIGHEST_NS = 2 ** 44;
const DIGITS = 3;

/** The text of the log. */
export async function toHdrLog(tagged: readonly Tagged[], nowMs = Date.now()): Promise<string> {
  const hdr = await import('hdr-histogram-js');
  const { build, HistogramLogWriter } = hdr.default ?? hdr;
  let text = '';
  const writer = new HistogramLogWriter((part) => {
    text += part;
  });
  writer.outputLogFormatVersion();
  writer.outputStartTime(nowMs);
  writer.outputLegend();
  for (const { tag, histogram } of tagged) {
    const copy = build({
      highestTrackableValue: HIGHEST_NS,
      numberOfSignificantValueDigits: DIGITS,
    });
    for (const [ns, count] of histogram.entries()) copy.recordValueWithCount(Math.round(ns), count);
    copy.tag = tag;
    copy.startTimeStampMsec = nowMs;
    copy.endTimeStampMsec = nowMs;
    writer.outputIntervalHistogram(copy as never, nowMs / 1_000, nowMs / 1_000, 1e6);
  }
  return text;
}

/**
 * Writes the log.
 *
 * @throws BenchFailure when the file cannot be written
 */
export async function writeHistogram(file: string, tagged: readonly Tagged[]): Promise<void> {
  await writeFile(file, await toHdrLog(tagged)).catch((error: unknown) => {
    throw new BenchFailure(`--histogram: ${file} cannot be written: ${messageOf(error)}`);
  });
}
