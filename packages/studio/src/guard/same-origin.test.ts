import { expect, it } from 'vitest';
import { sameOrigin } from './same-origin.ts';

const host = '127.0.0.1:4610';

it('takes pages of this server, and programs', () => {
  expect(sameOrigin({ host, origin: `http://${host}` })).toBe(true);
  expect(sameOrigin({ host, origin: `http://${host}`, fetchSite: 'same-origin' })).toBe(true);
  expect(sameOrigin({ host, origin: undefined, fetchSite: 'none' })).toBe(true);
  expect(sameOrigin({ host, origin: undefined })).toBe(true);
});

it('takes a page behind a proxy that ends TLS', () => {
  expect(sameOrigin({ host: 'studio.example', origin: 'https://studio.example' })).toBe(true);
});

it('refuses pages of other sites, other ports, and of no site', () => {
  expect(sameOrigin({ host, origin: 'http://evil.example' })).toBe(false);
  expect(sameOrigin({ host, origin: 'http://127.0.0.1:8080' })).toBe(false);
  expect(sameOrigin({ host, origin: 'null' })).toBe(false);
  expect(sameOrigin({ host, origin: `http://${host}.evil.example` })).toBe(false);
  expect(sameOrigin({ host: undefined, origin: `http://${host}` })).toBe(false);
});

it('believes the browser before the Origin header', () => {
  expect(sameOrigin({ host, origin: undefined, fetchSite: 'cross-site' })).toBe(false);
  expect(sameOrigin({ host, origin: `http://${host}`, fetchSite: 'same-site' })).toBe(false);
});
