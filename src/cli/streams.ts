/** A stream that never throws: when its reader has gone (EPIPE, a closed terminal) it writes nothing more. */
export interface Out {
  readonly write: (text: string) => void;
  /** Resolves when everything was handed to the system. */
  flushed(): Promise<void>;
  readonly isTTY: boolean;
  readonly columns: number | undefined;
}

export function guardedStream(stream: NodeJS.WriteStream): Out {
  let gone = false;
  // The run goes on without its reader: stopping a migration because `head` has seen enough is worse.
  stream.on('error', () => {
    gone = true;
  });
  return {
    write(text) {
      if (!gone && text !== '') stream.write(text);
    },
    flushed: () =>
      new Promise((resolve) => {
        if (gone || stream.writableLength === 0) return resolve();
        stream.write('', () => resolve());
      }),
    isTTY: stream.isTTY === true,
    columns: stream.columns,
  };
}
