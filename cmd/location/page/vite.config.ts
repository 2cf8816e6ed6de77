import { defineConfig } from 'vite';

/** What all pages share stands in `.config/page-build.mjs`; this one needs nothing else. */
export default defineConfig({});
