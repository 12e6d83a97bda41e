import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The first versions with the exact numbers of JSON (`JSON.rawJSON`) and `light-dark()`. */
const BROWSERS = ['chrome123', 'firefox135', 'safari18.4'];

/** Static files for /console/. Nothing is inlined: the content security policy allows scripts of the same origin only. */
export default defineConfig({
  base: '/console/',
  plugins: [react()],
  build: { target: BROWSERS, assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 700 },
});
