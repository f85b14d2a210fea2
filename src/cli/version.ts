declare const __REWEAVE_VERSION__: string | undefined;

/** The package's version, put in by the bundler; `dev` when run from source. */
export const VERSION = typeof __REWEAVE_VERSION__ === 'string' ? __REWEAVE_VERSION__ : '0.0.0-dev';
