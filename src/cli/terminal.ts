import { closeSync, openSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { ReadStream } from 'node:tty';

/** The prompt was left with Ctrl-C or by a signal. */
export class PromptInterrupted extends Error {}

export interface PromptOptions {
  readonly echo: boolean;
  readonly stop: AbortSignal;
}

const KEY = {
  interrupt: '\u0003',
  end: '\u0004',
  erase: '\u007f',
  backspace: '\b',
  kill: '\u0015',
};

/**
 * Asks on the terminal itself (/dev/tty), whatever stdin and stdout are. Resolves with the line
 * without its end, '' at end of file. Rejects with PromptInterrupted.
 */
export function prompt(question: string, { echo, stop }: PromptOptions): Promise<string> {
  const out = openSync('/dev/tty', 'w');
  const tty = new ReadStream(openSync('/dev/tty', 'r'));
  const decoder = new StringDecoder('utf8');
  // First silence, then the question: what is typed early must not be echoed.
  tty.setRawMode(true);
  writeSync(out, question);
  return new Promise<string>((resolve, reject) => {
    let line = '';
    const leave = (end: () => void): void => {
      stop.removeEventListener('abort', interrupted);
      tty.setRawMode(false);
      tty.destroy();
      writeSync(out, '\n');
      closeSync(out);
      end();
    };
    const interrupted = (): void => leave(() => reject(new PromptInterrupted()));
    stop.addEventListener('abort', interrupted);
    tty.on('error', (error) => leave(() => reject(error)));
    tty.on('data', (bytes: Buffer) => {
      for (const key of decoder.write(bytes)) {
        if (key === KEY.interrupt) return interrupted();
        if (key === '\r' || key === '\n' || (key === KEY.end && line === '')) {
          return leave(() => resolve(line));
        }
        line = typed(line, key);
        if (echo) writeSync(out, `\r\x1b[K${question}${line}`);
      }
    });
  });
}

function typed(line: string, key: string): string {
  if (key === KEY.kill) return '';
  if (key === KEY.erase || key === KEY.backspace) return line.replace(/.$/su, '');
  return key < ' ' ? line : line + key;
}
