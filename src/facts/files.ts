import type { ConfigFile } from '../model/facts.ts';
import { sha256 } from '../text/bytes.ts';
import { garbled, type Section } from './sections.ts';

/** The bytes behind `base64` or `hex` lines. */
export function decoded(lines: readonly string[], section: string): Buffer {
  const [encoding, ...rest] = lines;
  const body = rest.join('').replace(/\s+/g, '');
  const shape =
    encoding === 'hex'
      ? /^(?:[0-9a-fA-F]{2})*$/
      : /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
  if ((encoding !== 'hex' && encoding !== 'base64') || !shape.test(body))
    throw garbled(section, 'the content is not base64 or hex');
  return Buffer.from(body, encoding);
}

/** One `file PATH` section: mode and owner, sha256 on the node (`?` without a tool), content. */
export function parseFile({ subject: path, body, exit }: Section): ConfigFile {
  const section = `file ${path}`;
  if (exit !== 0) throw garbled(section, `the file could not be read (exit ${exit})`);
  const [status = '', hash = '', ...content] = body.split('\n');
  const bytes = decoded(content, section);
  const own = sha256(bytes);
  if (hash !== '?' && hash !== own)
    throw garbled(section, 'the content does not have the hash that the node says');
  const [mode = '?', owner = '?'] = status.split(' ');
  return { path, sha256: own, mode, owner, base64: bytes.toString('base64') };
}

/** `= PATH` headers, each with an encoded file below. */
export function parseBlobs(body: string): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const part of body.split(/^= /m).slice(1)) {
    const [path = '', ...lines] = part.split('\n');
    found.set(path, decoded(lines, 'blobs'));
  }
  return found;
}
