import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parseFacts } from '../../src/facts/parse.ts';
import { factsScript } from '../../src/facts/script.ts';
import type { NodeFacts } from '../../src/model/facts.ts';
import { MARKER } from './recorded.ts';

/** A directory that stands for a node's root, with commands of its own before the machine's. */
export class FakeNode {
  readonly root = mkdtempSync(join(tmpdir(), 'facts-'));

  file(path: string, content: string | Buffer, mode = 0o644): this {
    const full = join(this.root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
    chmodSync(full, mode);
    return this;
  }
  dir(path: string): this {
    mkdirSync(join(this.root, path), { recursive: true });
    return this;
  }
  link(path: string, target: string): this {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    symlinkSync(target, join(this.root, path));
    return this;
  }
  /** A command on PATH, as the body of a shell script. */
  command(name: string, body: string): this {
    return this.file(`/.bin/${name}`, `#!/bin/sh\n${body}\n`, 0o755);
  }
  raw(shell: readonly string[] = ['sh']): string {
    const [program = 'sh', ...args] = shell;
    const env = {
      PATH: `${join(this.root, '.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
      HOME: this.root,
    };
    const input = factsScript(MARKER, { root: this.root });
    const { status, stdout, stderr } = spawnSync(program, args, { input, env, encoding: 'utf8' });
    if (status !== 0 || stderr !== '') throw new Error(`exit ${status}: ${stderr}`);
    return stdout;
  }
  facts(shell?: readonly string[]): NodeFacts {
    return parseFacts(this.raw(shell), MARKER, 'h1');
  }
  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export interface FakeUnit {
  readonly name: string;
  readonly exec: string;
  readonly state?: string;
  readonly enabled?: string;
  readonly dropIns?: string;
  readonly environment?: string;
  readonly pid?: number;
}

/** `systemctl` that knows these units, with the properties in systemd's own (odd) order. */
export function systemctl(units: readonly FakeUnit[]): string {
  const show = units.map(
    (u) => `${u.name}) cat <<'END'
MainPID=${u.pid ?? 0}
NRestarts=2
ExecMainStartTimestampMonotonic=5000000
ExecStart={ path=${u.exec.split(' ')[0]} ; argv[]=${u.exec} ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }
Environment=${u.environment ?? ''}
EnvironmentFiles=/etc/default/${u.name.replace('.service', '')} (ignore_errors=yes)
EnvironmentFiles=/etc/systemd/system/${u.name}.env (ignore_errors=yes)
Id=${u.name}
ActiveState=${u.state ?? 'active'}
SubState=running
FragmentPath=/etc/systemd/system/${u.name}
DropInPaths=${u.dropIns ?? ''}
UnitFileState=${u.enabled ?? 'enabled'}
ActiveEnterTimestampMonotonic=7500000
NeedDaemonReload=no
InvocationID=abc
END
;;`,
  );
  const list = units.map((u) => `echo '${u.name} ${u.enabled ?? 'enabled'} enabled'`).join('\n');
  return `case $1 in
list-unit-files) ${list === '' ? ':' : list} ;;
list-units) : ;;
show) for last; do :; done; case $last in ${show.join('\n')} esac ;;
esac`;
}
