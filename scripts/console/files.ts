import { extname, join } from 'node:path';

/** Where `npm run build:console` puts the files of the console. */
export const BUILT = join(import.meta.dirname, '../../console/dist');
export const PAGE = 'index.html';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

export const typeOf = (file: string) => TYPES[extname(file)] ?? 'application/octet-stream';

/** Vite names all files but the page after their content. */
export const cacheControlOf = (file: string) => (file === PAGE ? 'no-cache' : 'public, max-age=31536000, immutable');
