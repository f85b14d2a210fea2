import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge, knownTypes, parseKnownHosts } from '../../src/ssh/known-hosts.ts';
import { newKey } from './sshd.ts';

const dir = mkdtempSync(join(tmpdir(), 'reweave-known-'));
const pub = (name: string) =>
  readFileSync(join(dir, `${name}.pub`), 'utf8')
    .split(' ')
    .slice(0, 2);
let [a, b, rsa] = ['', '', ''];
const blob = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64');

beforeAll(() => {
  newKey(join(dir, 'a'));
  newKey(join(dir, 'b'));
  newKey(join(dir, 'rsa'), 'rsa');
  [a, b, rsa] = ['a', 'b', 'rsa'].map((name) => pub(name).join(' ')) as [string, string, string];
});
afterAll(() => rmSync(dir, { recursive: true }));

const verdict = (text: string, host: string, port: number, key: string) =>
  judge(parseKnownHosts(text, 'kh'), host, port, blob(key)).t;

describe('a host key', () => {
  it('is known by its name on port 22', () => {
    expect(verdict(`n1,10.0.0.1 ${a}\n`, '10.0.0.1', 22, a)).toBe('known');
    expect(verdict(`N1 ${a}`, 'n1', 22, a)).toBe('known');
  });
  it('is known by [name]:port elsewhere, and only there', () => {
    expect(verdict(`[n1]:2222 ${a}`, 'n1', 2222, a)).toBe('known');
    expect(verdict(`[n1]:2222 ${a}`, 'n1', 22, a)).toBe('unknown');
    expect(verdict(`[n1]:2222 ${a}`, 'n1', 2223, a)).toBe('unknown');
  });
  it('is vouched for on any port by an entry without one, which accuses no other key', () => {
    expect(verdict(`n1 ${a}`, 'n1', 2222, a)).toBe('known');
    expect(verdict(`n1 ${a}`, 'n1', 2222, b)).toBe('unknown');
  });
  it('is changed when another key of its type is known', () => {
    expect(verdict(`n1 ${a}`, 'n1', 22, b)).toBe('changed');
  });
  it('is changed when only a key of another type is known', () => {
    expect(verdict(`n1 ${rsa}`, 'n1', 22, a)).toBe('changed');
  });
  it('is known when one of several lines has it', () => {
    expect(verdict(`n1 ${b}\nn1 ${a}`, 'n1', 22, a)).toBe('known');
  });
  it('is revoked even when another line knows it', () => {
    expect(verdict(`n1 ${a}\n@revoked * ${a}`, 'n1', 22, a)).toBe('revoked');
    expect(verdict(`@revoked * ${b}`, 'n1', 22, a)).toBe('unknown');
  });
  it('is matched by globs, and not by what ! takes out', () => {
    expect(verdict(`*.lan,!bad.lan ${a}`, 'ok.lan', 22, a)).toBe('known');
    expect(verdict(`*.lan,!bad.lan ${a}`, 'bad.lan', 22, a)).toBe('unknown');
    expect(verdict(`n? ${a}`, 'n12', 22, a)).toBe('unknown');
    expect(verdict(`10.0.0.1 ${a}`, '10x0.0.1', 22, a)).toBe('unknown');
  });
  it('is not known by a certificate authority', () => {
    expect(verdict(`@cert-authority * ${a}`, 'n1', 22, a)).toBe('unknown');
  });
  it('is not known by comments, broken lines or a type that is not the key’s', () => {
    const text = `# n1 ${a}\nn1\nn1 ssh-rsa ${a.split(' ')[1]}\nn1 ssh-ed25519 AAAA\n`;
    expect(verdict(text, 'n1', 22, a)).toBe('unknown');
  });
});

describe('a hashed name', () => {
  it.each([
    ['n1', 22, 'n1'],
    ['n1', 2222, '[n1]:2222'],
  ] as const)('of %s port %i is found as ssh-keygen -F finds it', (host, port, name) => {
    const file = join(dir, `hashed-${port}`);
    writeFileSync(file, `${name} ${a}\nother ${b}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('|1|');
    expect(execFileSync('ssh-keygen', ['-F', name, '-f', file]).toString()).toContain('found');
    expect(verdict(text, host, port, a)).toBe('known');
    expect(verdict(text, host, port, b)).toBe('changed');
    expect(verdict(text, 'n2', port, a)).toBe('unknown');
  });
});

it('asks for the key types that are known first', () => {
  expect(knownTypes(parseKnownHosts(`n1 ${rsa}\nn2 ${a}`, 'kh'), 'n1', 22)).toEqual(['ssh-rsa']);
});
