import { describe, expect, it } from 'vitest';
import { choose } from '../../src/inventory/limit.ts';
import { load, problems } from './write.ts';

const ALL = {
  hosts: ['s1', 's2', 's3', 'a1', 'a2', '2001:db8::1'],
  groups: new Map([
    ['all', ['s1', 's2', 's3', 'a1', 'a2', '2001:db8::1']],
    ['server', ['s1', 's2', 's3']],
    ['agent', ['a1', 'a2', '2001:db8::1']],
    ['east', ['s1', 'a1']],
    ['empty', []],
  ]),
};

describe('a limit', () => {
  it.each([
    ['s2', 's2'],
    ['agent:s1', 's1 a1 a2 2001:db8::1'],
    ['a2,s1', 's1 a2'],
    ['server:&east', 's1'],
    ['server:!s2', 's1 s3'],
    ['!server', 'a1 a2 2001:db8::1'],
    ['!s1:server', 's2 s3'],
    ['s*', 's1 s2 s3'],
    ['a?', 'a1 a2'],
    ['s[13]*', 's1 s3'],
    ['s[!1]', 's2 s3'],
    ['server[0], a?', 's1 a1 a2'],
    ['ea*', 's1 a1'],
    ['~[sa]1$', 's1 a1'],
    ['server[0]', 's1'],
    ['server[-1]', 's3'],
    ['server[1:2]', 's2 s3'],
    ['server[1:]', 's2 s3'],
    ['server[0]:a1', 's1 a1'],
    ['2001:db8::1', '2001:db8::1'],
    ['all', 's1 s2 s3 a1 a2 2001:db8::1'],
    ['*', 's1 s2 s3 a1 a2 2001:db8::1'],
    ['s1:empty', 's1'],
    [' s1 , s2 ', 's1 s2'],
  ])('%s chooses %s', (limit, names) => {
    expect(choose(ALL, limit)).toEqual({ names: names.split(' '), problems: [] });
  });

  it.each(['', ' ', ',', ':'])('that is empty (%j) is an error, never all', (limit) => {
    expect(choose(ALL, limit)).toMatchObject({
      names: [],
      problems: [{ exit: 3, code: 'inventory.limit', summary: '--limit is empty' }],
    });
  });

  it.each([
    's9',
    'server:s9',
    'server:!s9',
    'server:&s9',
    'z*',
    'server[7]',
    '@file',
    '~(',
    'empty',
    's1:!s1',
    's1:&a1',
  ])('that matches nothing, in whole or in part (%s), is an error', (limit) =>
    expect(choose(ALL, limit).problems).toMatchObject([{ exit: 3 }]),
  );
});

describe('a limit on an inventory', () => {
  const hosts = '[server]\ns1\ns2\n[agent]\na1\n';
  it('keeps the order, and tells who is left out', async () => {
    const inventory = await load({ hosts }, { limit: 'a1,s1' });
    expect(inventory.hosts.map((h) => h.name)).toEqual(['s1', 'a1']);
    expect(inventory.leftOut).toEqual(['s2']);
    expect(inventory.groups.get('server')).toEqual(['s1']);
  });
  it('that is empty stops everything', async () => {
    expect(await problems({ hosts }, { limit: '' })).toMatchObject([
      { code: 'inventory.limit', exit: 3 },
    ]);
  });
});
