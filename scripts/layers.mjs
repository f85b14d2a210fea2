// Checks that every import in src goes to the same folder or to one above it in the table of
// docs/architecture.md. Usage: node scripts/layers.mjs [ROOT]; prints `file:line: reason`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));

/** Beyond the order of the table: who may import what, and why. */
const EXCEPTIONS = [
  { from: 'lab', to: 'k3s', why: 'stand-in and product must not share a mistake' },
  { from: 'output', not: 'model', why: 'output imports model alone' },
];

const table = 'docs/architecture.md';
const order = readOrder(join(root, table));
if (order.length < 2) {
  console.error(`${table}: no table of folders found (rows like: | \`model\` | … |)`);
  process.exit(1);
}

const faults = [];
const files = sources(join(root, 'src'));
for (const file of files) check(file);
for (const fault of faults) console.error(fault);
if (faults.length > 0) {
  console.error(`layers: ${faults.length} imports against the order of ${table}`);
  process.exit(1);
}
console.log(`layers: ${files.length} files in ${order.length} folders keep the order of ${table}`);

/** Folder names of the table's first column, in order. */
function readOrder(path) {
  if (!existsSync(path)) return [];
  const rows = readFileSync(path, 'utf8').matchAll(/^\|\s*`([a-z0-9-]+)`\s*\|/gm);
  return [...rows].map((row) => row[1]);
}

function sources(directory) {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(directory, name))
    .sort();
}

function check(path) {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const own = folderOf(path);
  const rank = order.indexOf(own);
  if (rank < 0) {
    fault(path, source, 0, `folder ${own || 'src itself'} is not in the table`);
    return;
  }
  for (const { specifier, at, lazy } of importsOf(source)) {
    if (!specifier.startsWith('.')) continue;
    const target = folderOf(resolve(dirname(path), specifier));
    const reason = target === own ? undefined : refusal(own, rank, target, lazy);
    if (reason !== undefined) fault(path, source, at, `imports ${specifier}: ${reason}`);
  }
}

function refusal(own, rank, target, lazy) {
  const targetRank = order.indexOf(target);
  if (targetRank < 0) return `${target} is not in the table`;
  if (target === 'lab' && (own !== 'cli' || !lazy)) return 'lab only by dynamic import from cli';
  if (targetRank > rank) return `${target} stands below ${own}`;
  return EXCEPTIONS.find(
    (rule) => rule.from === own && (rule.to === target || (rule.not && rule.not !== target)),
  )?.why;
}

/** Static imports, re-exports and dynamic imports with a literal, with their positions. */
function importsOf(source) {
  const found = [];
  const visit = (node) => {
    const lazy = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const named = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
    const typed = ts.isImportTypeNode(node) ? node.argument.literal : undefined;
    const literal = lazy ? node.arguments[0] : named ? node.moduleSpecifier : typed;
    if (literal !== undefined && ts.isStringLiteralLike(literal)) {
      found.push({ specifier: literal.text, at: literal.getStart(source), lazy });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** First folder below src, or '' for a file in src itself or outside. */
function folderOf(path) {
  const parts = relative(join(root, 'src'), path).split(sep);
  return parts.length > 1 && parts[0] !== '..' ? parts[0] : '';
}

function fault(path, source, at, reason) {
  const line = source.getLineAndCharacterOfPosition(at).line + 1;
  faults.push(`${relative(root, path)}:${line}: ${reason}`);
}
