import { describe, expect, it } from 'vitest';
import { coresUsed, type OthersTimes, processMeter, processorTimes } from './processor.ts';

const services = { matching: 0, eta: 0, fraud: 0, surge: 0 };
const others: OthersTimes = { services, gateway: undefined, load: undefined, server: undefined };

describe('the processor time of a server that is started again', () => {
  it('is that of all its processes', () => {
    const times = new Map([[1, 500]]);
    const meter = processMeter((pid) => times.get(pid));
    expect(meter.us).toBeUndefined();
    meter.look(1);
    times.set(1, 3_600_000);
    meter.look(1);
    times.delete(1); // it is gone
    meter.look(1);
    meter.look(-1);
    expect(meter.us).toBe(3_600_000);
    times.set(2, 100_000);
    meter.look(2);
    times.set(2, 400_000);
    meter.look(2);
    expect(meter.us).toBe(4_000_000);
  });

  it('never counts backwards between two moments', () => {
    const before = { ...processorTimes({ ...others, server: 3_600_000 }), atMs: 0 };
    const after = { ...before, atMs: 10_000, server: 4_600_000 };
    expect(coresUsed(before, after).server).toBe(0.1);
    expect(coresUsed(before, { ...after, server: undefined }).server).toBeNull();
  });
});
