import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Chromium or Chrome of this machine. On Debian, root installs it if there is none. @throws Error */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = PLACES.find((place) => existsSync(place)) ?? installed();
  return chromium.launch({ executablePath });
}

function installed(): string {
  for (const args of [['update'], ['install', '--yes', 'chromium']]) {
    spawnSync('apt-get', args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  }
  const [, debian = ''] = PLACES;
  if (existsSync(debian)) return debian;
  throw new Error('These tests need Chromium. Install it, or set CHROMIUM_PATH to its executable.');
}
