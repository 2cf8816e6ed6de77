import { stream } from '@jetlane/contracts';
import { startServer } from '@jetlane/devserver';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { doctor, toFinding } from '../src/doctor/doctor.ts';
import type { Finding } from '../src/doctor/finding.ts';
import { open } from '../src/nats/connection.ts';
import type { Admin } from '../src/topology/admin.ts';
import { prepare } from '../src/topology/prepare.ts';
import { addStream, clear, Placed, specOf, startAdmin } from './topology-setup.ts';

let admin: Admin;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ admin, close } = await startAdmin());
});
afterAll(() => close());
beforeEach(() => clear(admin));

const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [Placed], maxBytes: '1MiB' });

function found(findings: readonly Finding[], check: string): Finding[] {
  return findings.filter((finding) => finding.check === check);
}

describe('the doctor', () => {
  it('says that all is well', async () => {
    const topology = { streams: [Orders], workers: [] };
    await prepare(admin, topology, 'apply');
    const findings = await doctor(admin, topology);
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual([
      'reachable',
      'version',
      'jetstream',
      'drift',
      'streams',
      'consumers',
      'dead-letters',
      'reconnects',
    ]);
  });

  it('sees drift, and limits that drop what is unread', async () => {
    const topology = { streams: [Orders], workers: [specOf('billing', Orders)] };
    const findings = await doctor(admin, topology);
    expect(found(findings, 'drift').map(({ level }) => level)).toEqual([
      'warning',
      'warning',
      'warning',
    ]);
    expect(found(findings, 'drift')[0]?.fix).toBe('jetlane streams apply APP');
    expect(found(findings, 'declaration')[0]?.what).toContain('maxBytes may drop');
  });

  it('sees a stream without limits', async () => {
    await addStream(admin, { name: 'WIDE', subjects: ['wide.>'] });
    expect(found(await doctor(admin), 'limits')[0]?.what).toContain('WIDE keeps everything');
  });

  it('sees an interest stream that nobody reads', async () => {
    await addStream(admin, { name: 'NOBODY', subjects: ['n.>'], retention: 'interest' });
    expect(found(await doctor(admin), 'interest')[0]?.what).toContain('not stored');
  });

  it('is not misled by the guard of an interest stream, and misses it', async () => {
    const Guarded = stream('GUARDED', {
      subjects: ['guarded.>'],
      messages: [],
      retention: 'interest',
    });
    const topology = { streams: [Guarded], workers: [] };
    await prepare(admin, topology, 'apply');
    await jetstream(admin.nc).publish('_jl.GUARDED.sched.x.1.1', 'what waits');
    const guarded = await doctor(admin, undefined, { lagMax: 1 });
    for (const check of ['no-puller', 'lag', 'schedules'])
      expect(found(guarded, check)).toEqual([]);
    expect(found(guarded, 'interest')[0]?.what).toContain('not stored');
    await admin.jsm.consumers.delete('GUARDED', 'jl-schedule-guard');
    expect(found(await doctor(admin), 'schedules')[0]?.what).toContain('is missing');
  });

  it('sees messages that a foreign consumer exhausted', async () => {
    await prepare(admin, { streams: [Orders], workers: [] }, 'apply');
    await admin.jsm.consumers.add('ORDERS', {
      durable_name: 'theirs',
      ack_policy: 'explicit',
      max_deliver: 2,
      ack_wait: 50_000_000,
    });
    const js = jetstream(admin.nc);
    await js.publish('orders.placed.1');
    const consumer = await js.consumers.get('ORDERS', 'theirs');
    // The third finds nothing: then the server knows that nothing more comes.
    for (let i = 0; i < 3; i++) await consumer.next({ expires: 1_000 });
    expect(found(await doctor(admin), 'exhausted').map(({ what }) => what)).toEqual([
      'consumer theirs of ORDERS has 1 messages that were delivered 2 times and will never come again',
    ]);
  });

  it('sees a consumer at its cap, one that nobody pulls, and lag', async () => {
    await prepare(
      admin,
      {
        streams: [Orders],
        workers: [specOf('full', Orders, { maxAckPending: 1 }), specOf('idle', Orders)],
      },
      'apply',
    );
    const js = jetstream(admin.nc);
    for (let i = 0; i < 3; i++) await js.publish('orders.placed.1');
    await (await js.consumers.get('ORDERS', 'full')).next({ expires: 1_000 });
    const findings = await doctor(admin, undefined, { lagMax: 3 });
    expect(found(findings, 'ack-pending').map(({ what }) => what)).toEqual([
      'consumer full of ORDERS has all 1 messages out that it may: delivery waits',
    ]);
    expect(found(findings, 'no-puller').map(({ what }) => what)).toEqual([
      'nobody takes the 3 messages that wait for consumer idle of ORDERS',
    ]);
    expect(found(findings, 'lag').map(({ what }) => what)).toEqual([
      'consumer idle of ORDERS is 3 messages behind',
    ]);
  });

  it('takes no consumer without acks for deserted that was just sent something', async () => {
    const unacked = (name: string) => specOf(name, Orders, { ackPolicy: 'none' });
    const topology = { streams: [Orders], workers: [unacked('busy'), unacked('idle')] };
    await prepare(admin, topology, 'apply');
    const js = jetstream(admin.nc);
    for (let i = 0; i < 3; i++) await js.publish('orders.placed.1');
    await (await js.consumers.get('ORDERS', 'busy')).next({ expires: 1_000 });
    expect(found(await doctor(admin, topology), 'no-puller').map(({ what }) => what)).toEqual([
      'nobody takes the 3 messages that wait for consumer idle of ORDERS',
    ]);
  });

  it('counts waiting dead letters by worker, and not the trial markers', async () => {
    await prepare(admin, { streams: [Orders], workers: [specOf('billing', Orders)] }, 'apply');
    const js = jetstream(admin.nc);
    await js.publish('_jl.dlq.ORDERS.billing', 'x');
    await js.publish('_jl.trial.ORDERS.billing.1', '', { ttl: '60s' });
    expect(found(await doctor(admin), 'dead-letters')).toEqual([
      {
        level: 'warning',
        check: 'dead-letters',
        what: '1 dead letters of worker billing on ORDERS wait in DLQ',
        fix: 'jetlane dlq ls --stream ORDERS --worker billing, then replay or drop them',
      },
    ]);
  });

  it('sees a dead letter stream that takes no more', async () => {
    await prepare(admin, { streams: [Orders], workers: [specOf('billing', Orders)] }, 'apply');
    await jetstream(admin.nc).publish('_jl.dlq.ORDERS.billing', 'x');
    const { config } = await admin.jsm.streams.info('DLQ');
    await admin.jsm.streams.update('DLQ', { ...config, max_msgs: 1 });
    await expect(jetstream(admin.nc).publish('_jl.dlq.ORDERS.billing', 'y')).rejects.toThrow(
      'maximum messages',
    );
    expect(found(await doctor(admin), 'dead-letters')[0]).toMatchObject({ level: 'error' });
  });

  it('passes on the reconnects that a client counted', async () => {
    const findings = await doctor(admin, undefined, { reconnects: 2 });
    expect(found(findings, 'reconnects')[0]?.what).toBe('this client reconnected 2 times');
  });

  it('stops early where JetStream is off', async () => {
    await using server = await startServer({ jetstream: false });
    const nc = await connect({ servers: server.url });
    const findings = await doctor({ nc, jsm: await jetstreamManager(nc, { checkAPI: false }) });
    expect(findings.map(({ check, level }) => `${check} ${level}`)).toEqual(['reachable error']);
    expect(findings[0]?.fix).not.toBe('');
    await nc.close();
  });

  it('turns what keeps a client from connecting into a finding', async () => {
    const error = await open({ servers: 'nats://127.0.0.1:1' }).catch((cause: unknown) => cause);
    expect(toFinding(error)).toMatchObject({ level: 'error', check: 'reachable' });
  });
});
