// The cluster's data: objects of fields, each with the time of its last write. Two stores merge
// field by field, the later write wins. That is no Raft: two sides of a partition may both be
// read, and only the majority rule in cluster.ts keeps the smaller one from writing.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export type Value = string | null;
export type Fields = Record<string, { v: Value; t: number }>;
export type Objects = Record<string, Fields>;

export class Store {
  objects: Objects = {};
  private latest = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
    if (existsSync(file)) {
      const text = readFileSync(file, 'utf8');
      if (text.startsWith('{')) this.merge(JSON.parse(text) as Objects);
    }
  }

  get(object: string, field: string): string | undefined {
    return this.objects[object]?.[field]?.v ?? undefined;
  }

  names(prefix: string): string[] {
    return Object.keys(this.objects)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
      .sort();
  }

  set(object: string, values: Record<string, Value>): void {
    this.latest = Math.max(Date.now(), this.latest + 1);
    const fields = (this.objects[object] ??= {});
    for (const [name, v] of Object.entries(values)) fields[name] = { v, t: this.latest };
    this.save();
  }

  merge(other: Objects): void {
    for (const [object, theirs] of Object.entries(other)) {
      const ours = (this.objects[object] ??= {});
      for (const [name, field] of Object.entries(theirs)) {
        if (field.t <= (ours[name]?.t ?? 0)) continue;
        ours[name] = field;
        this.latest = Math.max(this.latest, field.t);
        this.save();
      }
    }
  }

  private save(): void {
    this.timer ??= setTimeout(() => this.flush(), 200).unref();
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(`${this.file}.new`, JSON.stringify(this.objects));
    renameSync(`${this.file}.new`, this.file);
  }
}
