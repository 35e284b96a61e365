import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginFromTemplate, makeTemplate } from './firefox-template.mjs';

let place: string;
let template: string;
let profile: string;
let firefox: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'aside-template-'));
  template = join(place, 'template');
  profile = join(place, 'profile');
  firefox = join(place, 'firefox');
  mkdirSync(profile);
  writeFileSync(firefox, 'one');
});

afterEach(() => rmSync(place, { recursive: true }));

/** Starts no Firefox, but leaves what one leaves. Returns how often it had to. */
async function make(): Promise<number> {
  let starts = 0;
  const startAndEnd = async (folder: string) => {
    starts += 1;
    writeFileSync(join(folder, 'prefs.js'), 'of the template');
    writeFileSync(join(folder, 'user.js'), 'of the driver');
  };
  await makeTemplate(firefox, startAndEnd, template);
  return starts;
}

const prefs = () => readFileSync(join(profile, 'prefs.js'), 'utf8');

describe('a template of a Firefox profile', () => {
  it('is made once, and is what a new profile begins with', async () => {
    expect(await make()).toBe(1);
    expect(await make()).toBe(0);
    beginFromTemplate(firefox, profile, template);
    expect(prefs()).toBe('of the template');
    expect(existsSync(join(profile, 'user.js'))).toBe(false);
  });

  it('leaves a profile alone that has been used', async () => {
    await make();
    writeFileSync(join(profile, 'prefs.js'), 'my own');
    beginFromTemplate(firefox, profile, template);
    expect(prefs()).toBe('my own');
  });

  it('is nothing to another Firefox, which makes its own', async () => {
    await make();
    writeFileSync(firefox, 'another');
    beginFromTemplate(firefox, profile, template);
    expect(existsSync(join(profile, 'prefs.js'))).toBe(false);
    expect(await make()).toBe(1);
  });
});
