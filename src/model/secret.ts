import { inspect } from 'node:util';

/** A value that cannot be printed, logged or serialised by accident. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  /** The only way to the value; callers send it over stdin or into a key parser. */
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '(secret)';
  }
  toJSON(): string {
    return '(secret)';
  }
  [inspect.custom](): string {
    return '(secret)';
  }
}
