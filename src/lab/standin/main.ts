// The stand-in K3s. It shares no code with the product, so that the two cannot share a mistake.
import { runAgent } from './agent.ts';
import { COMMIT, GO_VERSION, VERSION } from './constants.ts';
import { stopOnSignals } from './exit.ts';
import { kubectl } from './kubectl.ts';
import { fatal } from './log.ts';
import { runServer } from './server.ts';
import { readSettings, type Settings } from './settings.ts';
import { snapshot } from './snapshot.ts';

async function main(argv: readonly string[]): Promise<void> {
  const [command = '', ...rest] = argv;
  if (command === 'server' || command === 'agent') return daemon(argv);
  if (command === 'kubectl') process.exitCode = await kubectl(rest, process.env);
  else if (command === 'etcd-snapshot') process.exitCode = snapshot(rest);
  else if (command === '--version' || command === '-v') {
    process.stdout.write(`k3s version ${VERSION} (${COMMIT})\ngo version ${GO_VERSION}\n`);
  } else {
    process.stderr.write(`No help topic for '${command}'\n`);
    process.exitCode = 3;
  }
  // Kept-alive connections would hold the process.
  process.exit();
}

async function daemon(argv: readonly string[]): Promise<void> {
  const settings = settingsOrFatal(argv);
  // Flags do not show in the process list, as in K3s.
  process.title = `k3s ${settings.role}`;
  stopOnSignals();
  await (settings.role === 'server' ? runServer(settings) : runAgent(settings));
}

function settingsOrFatal(argv: readonly string[]): Settings {
  try {
    return readSettings(argv, process.env);
  } catch (error) {
    return fatal((error as Error).message);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => fatal((error as Error).message));
