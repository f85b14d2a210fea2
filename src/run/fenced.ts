/** A node's guard has acted by itself: this process changes nothing more. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}
