import { posix } from 'node:path';
import ts from 'typescript';
import { declaredNames, EXPORTED_NAMES, type ExportedName, exportsOf, PACKAGE } from './entries.js';
import { type CodeBlock, read, ROOT } from './pages.js';

/** What an application has that a block is a part of. */
const CONTEXT = 'test/docs/context.ts';
export const CONTEXT_FILE = posix.join(ROOT, CONTEXT);

/** What a block is, and how it becomes a file that can be compiled. */
const WRAPPERS = {
  file: (code: string) => code,
  'function body': (code: string) =>
    `class Part {}\ninterface Part extends Application {}\n(async function (this: Part) {\n${code}\n});`,
  // A class with a constructor of its own brings what it uses.
  'class members': (code: string) =>
    `class Part {\n${code}\n}\n${code.includes('constructor(') ? '' : 'interface Part extends Application {}'}`,
  'object members': (code: string) => `({\n${code}\n}) satisfies Partial<VideoCallbacksOptions>;`,
};

type Part = keyof typeof WRAPPERS;

/** What a block is: the first thing that it can be parsed as. */
export function partOf(code: string): Part | undefined {
  const parts: Part[] = ['file', 'class members', 'object members'];
  const part = parts.find((candidate) => {
    const { statements, parseDiagnostics } = parse(WRAPPERS[candidate](withoutImports(code)));
    // As statements, the members of an object would be labels; in a class, properties with types.
    return parseDiagnostics.length === 0 && !statements.some((one) => ts.isLabeledStatement(one) || hasProperties(one));
  });
  return part === 'file' && parse(code).statements.some(needsFunction) ? 'function body' : part;
}

/** The whole file that a block becomes, after the earlier blocks of its page. */
export function textOf(block: CodeBlock, earlier: readonly CodeBlock[]): string {
  const { code } = block;
  const checked = withCheckedOptions(code);
  const text = `${importsOf(checked).join('')}${WRAPPERS[partOf(code) ?? 'file'](withoutImports(checked))}`;

  const used = new Set(text.match(/\w+/g));
  const declared = new Set(parse(text).statements.flatMap(declaredNames));
  const imports = namesFor(block, earlier).flatMap(({ name, isType, entry }) => {
    if (!used.has(name) || declared.has(name)) return [];
    declared.add(name);
    return `import { ${isType ? 'type ' : ''}${name} } from '${entry}';`;
  });
  return [...imports, text, 'export {};'].join('\n');
}

/** What blocks without a name export. */
function namesOf(blocks: readonly CodeBlock[]): ExportedName[] {
  return blocks.flatMap((block) =>
    exportsOf(block.code, '').map((exported) => ({
      ...exported,
      entry: `./${posix.basename(fileOf(block), '.ts')}.js`,
    })),
  );
}

/** The name that a block gives its file, in a comment at its beginning. */
function fileNameOf({ language, code }: CodeBlock): string | undefined {
  const [, name, ending = ''] = /^\/\/ (\S+\.m?([jt]s))\n/.exec(code) ?? [];
  return ending === language ? name : undefined;
}

/** Where the file of a block would be. Nothing is written. */
export function fileOf(block: CodeBlock): string {
  const { page, line, language } = block;
  return posix.join(folderOf(page), fileNameOf(block) ?? `line-${line}.${language}`);
}

export function folderOf(page: string): string {
  return posix.join(ROOT, 'test/docs/blocks', page.replaceAll(/\W/g, '-'));
}

/** What a test runner makes global. */
const TEST_NAMES = ['describe', 'it', 'expect', 'beforeAll', 'afterAll', 'beforeEach', 'afterEach'].map((name) => ({
  name,
  isType: false,
  entry: '@jest/globals',
}));

const CONTEXT_NAMES = exportsOf(read(CONTEXT), CONTEXT).map((exported) => ({
  ...exported,
  entry: CONTEXT_FILE.replace('.ts', '.js'),
}));

/** What a block needs no import for. What a page uses of a further entry, it says where to import from. */
function namesFor(block: CodeBlock, earlier: readonly CodeBlock[]): readonly ExportedName[] {
  const name = fileNameOf(block);
  if (name !== undefined) return name.endsWith('.spec.ts') ? TEST_NAMES : [];
  const page = read(block.page);
  const exported = EXPORTED_NAMES.filter(({ entry }) => entry === PACKAGE || page.includes(entry));
  return [...namesOf(earlier), ...CONTEXT_NAMES, ...exported];
}

/** Has the options that a factory returns checked for unknown ones, as the compiler does only for what is not returned. */
function withCheckedOptions(code: string): string {
  const ends: number[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'VideoCallbacksModule.forRootAsync') {
      ends.push(...node.arguments.flatMap(endsOfOptions));
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(code));
  const check = ` satisfies import('${PACKAGE}').VideoCallbacksOptions`;
  return ends.reduceRight((text, end) => text.slice(0, end) + check + text.slice(end), code);
}

/** Where the object ends that `useFactory` returns. */
function endsOfOptions(registration: ts.Node): number[] {
  if (!ts.isObjectLiteralExpression(registration)) return [];
  return registration.properties.flatMap((property) => {
    if (!ts.isPropertyAssignment(property) || property.name.getText() !== 'useFactory') return [];
    const body = ts.isArrowFunction(property.initializer) ? property.initializer.body : undefined;
    return body && ts.isParenthesizedExpression(body) ? [body.expression.getEnd()] : [];
  });
}

function hasProperties(statement: ts.Statement): boolean {
  return (
    ts.isClassDeclaration(statement) &&
    statement.name?.text === 'Part' &&
    statement.members.some(ts.isPropertyDeclaration)
  );
}

/** Whether a statement uses `this`, or returns, outside of a function or a class of its own. */
function needsFunction(node: ts.Node): boolean {
  if (ts.isReturnStatement(node) || node.kind === ts.SyntaxKind.ThisKeyword) return true;
  if (ts.isClassLike(node) || ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node)) return false;
  // An arrow function has the `this` of what is around it.
  if (ts.isArrowFunction(node)) return ts.forEachChild(node.body, usesThis) ?? false;
  return ts.forEachChild(node, needsFunction) ?? false;
}

function usesThis(node: ts.Node): boolean {
  return node.kind === ts.SyntaxKind.ThisKeyword || (ts.forEachChild(node, usesThis) ?? false);
}

const IMPORT = /^import [^]*? from '[^']+';.*\n/gm;

function importsOf(code: string): string[] {
  return code.match(IMPORT) ?? [];
}

function withoutImports(code: string): string {
  return code.replaceAll(IMPORT, '');
}

function parse(code: string): ts.SourceFile & { readonly parseDiagnostics: readonly ts.Diagnostic[] } {
  const source = ts.createSourceFile('block.ts', code, ts.ScriptTarget.Latest, true);
  return source as ts.SourceFile & { readonly parseDiagnostics: readonly ts.Diagnostic[] };
}
