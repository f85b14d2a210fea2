import { jsonLine } from '../output/json.ts';
import type { Emit, Event, Summary } from '../model/event.ts';
import { plainLine } from '../output/plain.ts';
import { renderProblems } from '../output/problems.ts';
import { wantsColour } from '../output/style.ts';
import { nextLine, outcomeLine, renderSummary } from '../output/summary.ts';
import type { Env } from './environment.ts';
import type { Out } from './streams.ts';

/** Where everything goes that a run tells. */
export interface Screen {
  readonly json: boolean;
  readonly columns: number;
  readonly colour: boolean;
  readonly event: (event: Event) => void;
  /** Problems and summary: the last thing that is written, in JSON as the last line. */
  end(summary: Summary, emit: Emit): void;
}

export interface ScreenOptions {
  readonly out: Out;
  readonly err: Out;
  readonly env: Env;
  readonly json: boolean;
  /** False after `--no-color`. */
  readonly colour: boolean;
  readonly verbosity: number;
}

/** Results and JSON lines on stdout, progress and problems on stderr. */
export function makeScreen({ out, err, env, json, colour, verbosity }: ScreenOptions): Screen {
  const onOut = wantsColour({ flag: colour, isTTY: out.isTTY, env });
  const onErr = wantsColour({ flag: colour, isTTY: err.isTTY, env });
  const columns = Math.min(100, Math.max(40, out.columns || err.columns || 80));
  return {
    json,
    columns,
    colour: onOut,
    event: (event) =>
      json ? out.write(jsonLine(event)) : err.write(plainLine(event, { colour: onErr, verbosity })),
    end(summary, emit) {
      const failed = summary.exit !== 0 && summary.exit !== 2;
      for (const problem of summary.problems) {
        const host = problem.host === undefined ? {} : { host: problem.host };
        emit({ type: 'problem', level: 'error', ...host, msg: problem.summary, data: problem });
      }
      if (!json) {
        out.write(renderSummary(summary, { columns, colour: onOut }));
        err.write(outcomeLine(summary));
        err.write(renderProblems(summary.problems, { columns, colour: onErr }));
        err.write(nextLine(summary, { columns, colour: onErr }));
      }
      const level = failed ? 'error' : 'info';
      emit({ type: 'summary', level, msg: summary.outcome, data: summary });
    },
  };
}
