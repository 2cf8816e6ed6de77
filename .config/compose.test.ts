/** docker-compose.yml and what it builds, as they are written; cmd/location/test/compose.test.ts runs them where Docker is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVER_VERSION } from '@jetlane/devserver';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from './steps.mjs';
import { workspaces } from './workspaces.mjs';

interface Service {
  readonly image: string;
  readonly profiles: readonly string[];
  readonly command: readonly string[];
  readonly ports: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly build?: object;
  readonly restart: string;
  readonly mem_limit: string;
  readonly pids_limit: number;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly stop_grace_period: string;
}

const { services, volumes } = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const dockerfile = read('cmd/location/Dockerfile');
const all = Object.entries(services).map(([name, service]) => ({ name, service }));
const servers = all.filter(({ name }) => name.startsWith('nats'));
const demos = all.filter(({ name }) => name.startsWith('demo'));

describe.each(all)('$name of docker-compose.yml', ({ service }) => {
  it('can be reached from this machine only', () => {
    expect(service.ports.length).toBeGreaterThan(0);
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('has bounds, and comes back when it ends by itself', () => {
    expect(service.mem_limit).toMatch(/^\d+g$/);
    expect(service.pids_limit).toBeGreaterThan(0);
    expect(service.restart).toBe('unless-stopped');
    expect(service.stop_grace_period).toMatch(/^\d+s$/);
  });

  it('may do no more than it needs', () => {
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
  });
});

describe.each(servers)('$name', ({ name, service }) => {
  it('is one release of nats-server, the one that is tested with', () => {
    expect(service.image).toBe(`nats:${SERVER_VERSION}-alpine`);
  });

  it('keeps its streams in a volume of its own, and says whether it is healthy', () => {
    expect(service.volumes).toContain(`${name}-data:/data`);
    expect(Object.keys(volumes)).toContain(`${name}-data`);
    expect(service.healthcheck?.test.at(-1)).toMatch(/^http:\/\/127\.0\.0\.1:8222\/healthz/);
  });
});

describe.each(demos)('$name', ({ service }) => {
  it('waits for every server that it uses', () => {
    const used = (service.environment['NATS_URL'] ?? '')
      .split(',')
      .map((url) => new URL(url).hostname);
    const waits = Object.entries(service.depends_on ?? {});
    expect(waits.map(([other]) => other)).toEqual(used);
    for (const [, { condition }] of waits) expect(condition).toBe('service_healthy');
  });
});

it('one server is what starts without a profile, three are the profile "cluster"', () => {
  expect(read('.env')).toContain('\nCOMPOSE_PROFILES=single\n');
  const of = (profile: string) =>
    all.filter(({ service }) => service.profiles.includes(profile)).map(({ name }) => name);
  expect(of('single')).toEqual(['nats', 'demo']);
  expect(of('cluster')).toEqual(['nats-1', 'nats-2', 'nats-3', 'demo-cluster']);
  expect(services['demo-cluster']?.environment['LOCATION_REPLICAS']).toBe('3');
});

it('an app that jetlane init writes begins with the same release', () => {
  const file = parse(read('cmd/jetlane/template/shared/docker-compose.yml'));
  expect(file.services.nats.image).toBe(`nats:${SERVER_VERSION}-alpine`);
});

describe('the image of the demo', () => {
  it('is made from one release of Node', () => {
    expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-[a-z]+-slim$/m);
    for (const [, base] of dockerfile.matchAll(/^FROM (\S+)/gm))
      expect(base).toMatch(/^\$\{NODE_IMAGE\}$/);
  });

  it('runs as nobody special, says whether it is healthy, and runs no install scripts', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^HEALTHCHECK /m);
    expect(last).toMatch(/^ENTRYPOINT \[/m); // not through a shell, which would keep SIGTERM to itself
    for (const [line] of dockerfile.matchAll(/^RUN npm.*$/gm))
      expect(line).toContain('--ignore-scripts');
  });

  it('sees every package.json, or npm could not install from the lockfile', () => {
    const ignored = read('.dockerignore').split('\n');
    for (const { home } of workspaces()) {
      const [first = ''] = home.split('/');
      expect([home, ignored.includes(first) || ignored.includes(home)]).toEqual([home, false]);
      if (ignored.includes(`${home}/*`)) expect(ignored).toContain(`!${home}/package.json`);
    }
  });
});

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
