import { Command, Option } from 'commander';
import { COMMANDS, type CommandSpec } from './commands.ts';
import { DEFAULTS, type Flag, type RawFlags } from './flags.ts';
import { VERSION } from './version.ts';

/** What was typed, as far as commander understands it. */
export interface Typed {
  readonly spec: CommandSpec;
  readonly args: readonly (string | undefined)[];
  readonly command: Command;
}

const FOOTER = `
Every option has an environment variable: --batch is REWEAVE_BATCH, and so on; switches take 1 or 0.
Results go to stdout, everything else to stderr. Exit codes: docs/exit-codes.md.

Examples:
  reweave plan --to wireguard-native -i inventory.ini     what would change; changes nothing
  reweave apply --to wireguard-native -i inventory.ini    the plan, the question, the run
  reweave status -i inventory.ini                         where a run stands, and what to do next`;

/** The command line as a commander program; `chosen` is called with the command that was typed. */
export function makeProgram(
  chosen: (typed: Typed) => void,
  write: (text: string) => void,
): Command {
  const program = new Command('reweave')
    .description('Moves the pod network of a running K3s cluster to another Flannel backend.')
    .version(`reweave ${VERSION}`, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addHelpText('after', FOOTER);
  quiet(program, write);
  for (const spec of COMMANDS) program.addCommand(makeCommand(spec, chosen, write));
  return program;
}

function makeCommand(
  spec: CommandSpec,
  chosen: (typed: Typed) => void,
  write: (text: string) => void,
): Command {
  const command = new Command(spec.name).description(spec.help);
  quiet(command, write);
  for (const { name, help } of spec.args) command.argument(name, help);
  for (const flag of spec.flags) command.addOption(makeOption(flag));
  const examples = spec.examples.map((line) => `  ${line}`).join('\n');
  command.helpOption('-h, --help', 'print help').addHelpText('after', `\nExamples:\n${examples}`);
  return command.action(() => {
    chosen({ spec, args: command.processedArgs as (string | undefined)[], command });
  });
}

/** Errors are thrown, and printed once, by us. */
function quiet(command: Command, write: (text: string) => void): void {
  command.exitOverride().showSuggestionAfterError();
  command.configureOutput({ writeOut: write, writeErr: () => {}, outputError: () => {} });
}

function makeOption(flag: Flag): Option {
  const option = new Option(flag.flags, flag.help);
  if (flag.repeat === 'count') {
    option.argParser((_, earlier: number) => Math.min(4, earlier + 1));
  } else if (flag.parse !== undefined) {
    const { parse } = flag;
    let first = true;
    option.argParser((text, earlier: unknown) => {
      const value = parse(text);
      if (flag.repeat !== 'append') return value;
      const kept = first ? [] : [earlier].flat();
      first = false;
      return [...kept, ...[value].flat()];
    });
  }
  const { value, shown } = flag;
  if (shown !== undefined) option.default(value, shown);
  else if (typeof value === 'number' || typeof value === 'string') option.default(value);
  return option;
}

/** All values of a command's flags; those that it does not have keep their defaults. */
export function rawFlags(command: Command): RawFlags {
  return { ...DEFAULTS, ...command.opts<Partial<RawFlags>>() };
}
