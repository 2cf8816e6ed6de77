import { defineConfig } from 'vite';

/** What all pages share stands in `.config/page-build.mjs`. `npx vite page` here serves the page with the api of a running studio. */
export default defineConfig({
  server: { proxy: { '/api': process.env['STUDIO_URL'] ?? 'http://127.0.0.1:4610' } },
});
