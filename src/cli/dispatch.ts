import type { Io } from '../app/options.ts';
import type { Summary } from '../model/event.ts';
import type { RawFlags } from './flags.ts';
import type { Passwords } from './secrets.ts';
import { commonOptions, lockOptions, planOptions, runOptions } from './typed-options.ts';
import { USE_CASES } from './use-cases.ts';
import { usageError } from './usage.ts';

/** What was typed, checked as far as that is possible without the use case. */
export interface Request {
  readonly name: string;
  readonly args: readonly (string | undefined)[];
  readonly raw: RawFlags;
}

/** Faults between options that no single flag can see. Throws a usage error. */
export function checkRequest({ name, args: [first, second], raw }: Request): void {
  if ((name === 'plan' || name === 'apply') && first === undefined && raw.to === undefined) {
    throw usageError(
      `${name} needs a playbook or --to BACKEND`,
      '`reweave playbook list` shows the shipped playbooks',
      `reweave ${name} --to wireguard-native`,
    );
  }
  if (name === 'inventory' && raw.list === raw.graph) {
    throw usageError('inventory needs one of --list and --graph');
  }
  if (name === 'lock' && first !== 'status' && first !== 'release') {
    throw usageError(`lock cannot ${first}`, 'choose status or release');
  }
  if (name === 'playbook' && first !== 'list' && first !== 'show') {
    throw usageError(`playbook cannot ${first}`, 'choose list or show');
  }
  if (name === 'playbook' && first === 'show' && second === undefined) {
    throw usageError('playbook show needs a name', undefined, 'reweave playbook list');
  }
}

/** Calls the use case of a checked request. */
export async function dispatch(request: Request, secrets: Passwords, io: Io): Promise<Summary> {
  const { name, raw } = request;
  const [first, second] = request.args;
  const common = commonOptions(raw, secrets);
  switch (name) {
    case 'plan':
      return (await USE_CASES.plan())(planOptions(raw, secrets, first), io);
    case 'apply': {
      const options = planOptions(raw, secrets, first);
      if (raw.check || raw.dryRun) return (await USE_CASES.plan())(options, io);
      return (await USE_CASES.apply())(options, io);
    }
    case 'resume':
      return (await USE_CASES.resume())(runOptions(raw, secrets, first), io);
    case 'rollback':
      return (await USE_CASES.rollback())(runOptions(raw, secrets, first), io);
    case 'status':
      return (await USE_CASES.status())(common, io);
    case 'verify':
      return (await USE_CASES.verify())(common, io);
    case 'facts':
      return (await USE_CASES.facts())(common, io);
    case 'inventory':
      return (await USE_CASES.inventory())({ ...common, show: raw.list ? 'list' : 'graph' }, io);
    case 'forget':
      return (await USE_CASES.forget())({ ...common, ...lockOptions(raw), run: first ?? '' }, io);
    case 'lock': {
      const action = first === 'release' ? 'release' : 'status';
      return (await USE_CASES.lock())({ ...common, action }, io);
    }
    case 'playbook': {
      const action = first === 'show' ? 'show' : 'list';
      const named = second === undefined ? {} : { name: second };
      return (await USE_CASES.playbook())({ action, ...named }, io);
    }
    default:
      throw new Error(`no use case for the command ${name}`);
  }
}
