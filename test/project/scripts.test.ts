import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
// @ts-expect-error -- plain JavaScript without types
import * as labs from '../../scripts/labs.mjs';
// @ts-expect-error -- plain JavaScript without types
import * as reports from '../../scripts/report.mjs';
import { EXIT } from '../../src/model/problem.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
interface Lab {
  name: string;
  run: boolean;
  reason?: string;
}
const chooseLabs = labs.chooseLabs as (root: string, wish: string) => Lab[];
const readReport = reports.readReport as (read: () => string) => object;
const addUp = reports.addUp as (reports: object[]) => object;

describe('the sum of the tests', () => {
  const report = (over: object): string =>
    JSON.stringify({
      numPassedTests: 3,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 0,
      testResults: [],
      ...over,
    });

  test('comes from the runners’ own reports', () => {
    const one = readReport(() => report({}));
    expect(addUp([one, one])).toEqual({ passed: 6, failed: 2, skipped: 4 });
  });

  test('counts a file that could not be loaded as a failure', () => {
    const testResults = [{ status: 'failed', assertionResults: [] }];
    expect(readReport(() => report({ testResults }))).toMatchObject({ failed: 2 });
  });

  test.each(['', '{', '{}'])('is nothing for the report %j', (text) => {
    expect(readReport(() => text)).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });
});

describe('the choice of labs', () => {
  function tree(): string {
    const made = mkdtempSync(join(tmpdir(), 'reweave-labs-'));
    onTestFinished(() => rmSync(made, { recursive: true }));
    for (const lab of ['lab-docker', 'lab-vm']) {
      mkdirSync(join(made, 'test', lab), { recursive: true });
      writeFileSync(join(made, 'test', lab, 'a.test.ts'), '');
    }
    return made;
  }

  test('runs what was asked for by name, and says why not the other', () => {
    expect(chooseLabs(tree(), 'vm')).toMatchObject([
      { name: 'docker', run: false, reason: 'not in REWEAVE_LABS=vm' },
      { name: 'vm', run: true },
    ]);
  });

  test('runs none on request', () => {
    expect(chooseLabs(tree(), 'none').map((lab) => lab.run)).toEqual([false, false]);
  });

  test('never takes an absent lab for a passed one', () => {
    const empty = mkdtempSync(join(tmpdir(), 'reweave-labs-'));
    onTestFinished(() => rmSync(empty, { recursive: true }));
    expect(chooseLabs(empty, 'docker')[0]).toMatchObject({
      run: false,
      reason: 'no tests in test/lab-docker',
    });
  });

  test('refuses a name that is no lab', () => {
    expect(() => chooseLabs(tree(), 'dokcer')).toThrow('dokcer');
  });
});

describe('readiness', () => {
  test('fails clearly on an old Node', () => {
    const old = "Object.defineProperty(process, 'versions', { value: { node: '18.20.0' } })";
    const done = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(old)}`, 'scripts/ready.mjs'],
      { cwd: root, encoding: 'utf8' },
    );
    expect(done.status).toBe(1);
    expect(done.stderr).toContain('error: Node 18.20.0 is too old');
    expect(done.stderr).toContain('hint: ');
  });
});

describe('documents', () => {
  test('the table of exit codes has each code once', () => {
    const table = readFileSync(join(root, 'docs/exit-codes.md'), 'utf8');
    const codes = [...table.matchAll(/^\| (\d+) \|/gm)].map((row) => Number(row[1]));
    expect(codes).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });

  test('the check on a clean machine is a valid script', () => {
    const done = spawnSync('bash', ['-n', join(root, '.ci/run')], { encoding: 'utf8' });
    expect(done).toMatchObject({ status: 0, stderr: '' });
  });
});
