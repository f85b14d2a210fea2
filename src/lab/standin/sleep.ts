export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Again until it works. */
export async function insist<T>(work: () => Promise<T>, pause: number): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch {
      await sleep(pause);
    }
  }
}
