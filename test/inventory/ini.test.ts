import { describe, expect, it } from 'vitest';
import { literal } from '../../src/inventory/literal.ts';
import { expandHosts, splitPort } from '../../src/inventory/ranges.ts';
import { splitWords } from '../../src/inventory/split.ts';
import { load, only, problems } from './write.ts';

describe('an INI inventory', () => {
  it('has hosts, groups, children and variables', async () => {
    const { hosts, groups } = await load({
      hosts: `
; comment
lone ansible_port=2200 # after the words
[server]
s[1:2].lan   role_hint="two words" n=3 flag=True
[agent]
a1
[cluster:children]
server
agent # both
[cluster:vars]
color = blue = green
`,
    });
    expect(hosts.map((h) => [h.name, h.port, h.role])).toEqual([
      ['lone', 2200, undefined],
      ['s1.lan', 22, 'server'],
      ['s2.lan', 22, 'server'],
      ['a1', 22, 'agent'],
    ]);
    expect(hosts[1]?.vars).toEqual({
      role_hint: 'two words',
      n: 3,
      flag: true,
      color: 'blue = green',
    });
    expect(hosts[1]?.groups).toEqual(['cluster', 'server']);
    expect(Object.fromEntries(groups)).toEqual({
      all: ['lone', 's1.lan', 's2.lan', 'a1'],
      ungrouped: ['lone'],
      server: ['s1.lan', 's2.lan'],
      agent: ['a1'],
      cluster: ['s1.lan', 's2.lan', 'a1'],
    });
  });

  it('may name children before they are declared', async () => {
    const { groups } = await load({ hosts: '[all_k3s:children]\nserver\n[server]\ns1\n' });
    expect(groups.get('all_k3s')).toEqual(['s1']);
  });

  it('takes a port behind the name, IPv6 in brackets, CRLF and a BOM', async () => {
    const { hosts } = await load({
      hosts: '\ufeff[server]\r\ns1:2222\r\n[2001:db8::1]:23\r\n2001:db8::2\r\n',
    });
    expect(hosts.map((h) => [h.address, h.port])).toEqual([
      ['s1', 2222],
      ['2001:db8::1', 23],
      ['2001:db8::2', 22],
    ]);
  });

  it('keeps the variables of a host that stands in two groups', async () => {
    const host = only(await load({ hosts: '[a]\nh x=1\n[b]\nh y=2\n' }));
    expect(host.vars).toEqual({ x: 1, y: 2 });
  });

  it('tells every fault with its line', async () => {
    const found = await problems({
      hosts: [
        '[server]',
        's1 novalue',
        's[3:1]',
        's2 a="open',
        's3:',
        '[no space]',
        '[server:extra]',
        '[gone:vars]',
        'x=1',
        '[k:children]',
        'nobody',
        '[k:vars]',
        'just words',
      ].join('\n'),
    });
    expect(
      found.map((p) => [p.line, p.exit]).toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
    ).toEqual([2, 3, 4, 5, 6, 7, 8, 11, 13].map((line) => [line, 3]));
    expect(found.every((p) => p.file?.endsWith('/hosts') && p.code === 'inventory.invalid')).toBe(
      true,
    );
    expect(found.find((p) => p.line === 2)?.summary).toContain(
      "expected key=value, found 'novalue'",
    );
  });

  it.each([
    ['[a:children]\nb\n[b:children]\na\n', 4],
    ['[a:children]\na\n', 2],
  ])('refuses a group inside of itself: %j', async (hosts, line) => {
    const found = await problems({ hosts: `${hosts}[c]\nh\n` });
    expect(found).toEqual([expect.objectContaining({ line, exit: 3 })]);
  });
});

describe('a host range', () => {
  it.each([
    ['n[1:3]', ['n1', 'n2', 'n3']],
    ['n[01:03].lan', ['n01.lan', 'n02.lan', 'n03.lan']],
    ['n[08:11]', ['n08', 'n09', 'n10', 'n11']],
    ['n[1:9:4]', ['n1', 'n5', 'n9']],
    ['db-[a:c]', ['db-a', 'db-b', 'db-c']],
    ['[a:b][1:2]', ['a1', 'a2', 'b1', 'b2']],
    ['plain', ['plain']],
  ])('%s means %j', (pattern, names) => expect(expandHosts(pattern)).toEqual(names));

  it.each(['n[3:1]', 'n[01:100]', 'n[a:1]', 'n[1:2:0]', 'n[1]', 'n[1:9999999]', 'n[:]'])(
    '%s is refused',
    (pattern) => expect(() => expandHosts(pattern)).toThrow(RangeError),
  );

  it.each([
    ['n[1:3]:2222', { pattern: 'n[1:3]', port: 2222 }],
    ['n[1:3]', { pattern: 'n[1:3]', port: undefined }],
    ['fe80::1', { pattern: 'fe80::1', port: undefined }],
    ['[fe80::1]', { pattern: 'fe80::1', port: undefined }],
  ])('%s is split as %j', (text, parts) => expect(splitPort(text)).toEqual(parts));
});

describe('an INI value', () => {
  it.each([
    ['42', 42],
    ['-7', -7],
    ['3.5', 3.5],
    ['0x1F', 31],
    ['0644', '0644'],
    ['True', true],
    ['true', 'true'],
    ['None', null],
    ["'22'", '22'],
    ['"a\\"b"', 'a"b'],
    ["['a', 1, True]", ['a', 1, true]],
    ["{'a': {'b': [1,]}}", { a: { b: [1] } }],
    ['(1, 2)', [1, 2]],
    ['[unquoted]', '[unquoted]'],
    ["'open", "'open"],
    ['10.0.0.1', '10.0.0.1'],
    ['1.30.2', '1.30.2'],
    ['yes # no comment here', 'yes # no comment here'],
    ['', ''],
  ])('%s is %j', (text, value) => expect(literal(text)).toEqual(value));
});

describe('the words of a line', () => {
  it.each([
    [`a 'b c' "d \\" e" f\\ g`, ['a', 'b c', 'd " e', 'f g']],
    [`k="v w" x=''`, ['k=v w', 'x=']],
    ['a # b', ['a']],
    ['', []],
  ])('%s', (line, words) => expect(splitWords(line)).toEqual(words));
  it.each(['a "b', "a 'b", 'a \\'])('%s is not complete', (line) =>
    expect(() => splitWords(line)).toThrow(SyntaxError),
  );
});
