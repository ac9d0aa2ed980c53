import { posix } from 'node:path';
import ts from 'typescript';
import { CONTEXT_FILE, fileOf, folderOf, textOf } from './block-file.js';
import { ENTRIES } from './entries.js';
import { type CodeBlock, isRelative, linksOf, PAGES, ROOT, targetOf } from './pages.js';

/** Packages that the pages import and that are not installed: what is used of them is in context.ts. */
const NOT_INSTALLED = ['@bull-board/api', '@bull-board/api/bullMQAdapter', '@bull-board/express'];

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2023.d.ts'],
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  allowUnusedLabels: false,
  allowUnreachableCode: false,
  allowJs: true,
  checkJs: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  skipLibCheck: true,
  noEmit: true,
  paths: Object.fromEntries([...ENTRIES].map(([entry, file]) => [entry, [posix.join(ROOT, file)]])),
};

/** A block that the compiler does not accept. */
export interface Fault {
  readonly block: string;
  readonly message: string;
}

/**
 * Compiles blocks against lib/, all in one program. A block that begins with the name of a file is imported by the other
 * blocks of its page, and of pages that link to it, under this name. A block that is a part of a file needs no import for
 * what the package exports, and for what context.ts has.
 */
export function faultsOf(blocks: readonly CodeBlock[]): Fault[] {
  const files = new Map(blocks.map((block) => [fileOf(block), block]));
  if (files.size < blocks.length) throw new Error('Two blocks of a page have the name of one file.');
  const program = createProgram(files);
  const faults: Fault[] = [];
  for (const [file, { page, line }] of files) {
    const source = program.getSourceFile(file);
    const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    for (const { messageText, start = 0 } of diagnostics) {
      const [text = ''] = source?.text.slice(source.text.lastIndexOf('\n', start - 1) + 1).split('\n') ?? [];
      const message = `${ts.flattenDiagnosticMessageText(messageText, '\n')} (${text.trim()})`;
      faults.push({ block: `${page}:${line}`, message });
    }
  }
  return faults;
}

function createProgram(files: ReadonlyMap<string, CodeBlock>): ts.Program {
  const blocks = [...files.values()];
  const texts = new Map(
    blocks.map((block, at) => {
      const earlier = blocks.slice(0, at).filter(({ page }) => page === block.page);
      return [fileOf(block), textOf(block, earlier)];
    }),
  );

  const host = ts.createCompilerHost(OPTIONS);
  const fileExists = host.fileExists.bind(host);
  const readFile = host.readFile.bind(host);
  const getSourceFile = host.getSourceFile.bind(host);
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  host.getSourceFile = (file, target, ...rest) => {
    const text = texts.get(file);
    return text === undefined ? getSourceFile(file, target, ...rest) : ts.createSourceFile(file, text, target);
  };

  const cache = ts.createModuleResolutionCache(ROOT, (name) => name, OPTIONS);
  host.resolveModuleNameLiterals = (literals, containingFile) => {
    const block = files.get(containingFile);
    return literals.map(({ text }) => {
      const found = block && shownFile(block.page, text, files);
      if (found !== undefined) return { resolvedModule: { resolvedFileName: found, extension: ts.Extension.Ts } };
      return ts.resolveModuleName(text, containingFile, OPTIONS, host, cache);
    });
  };
  return ts.createProgram([...files.keys()], OPTIONS, host);
}

/** The file that a block means by an import: of its page, of a page that it links to, or of the context. */
function shownFile(page: string, specifier: string, files: ReadonlyMap<string, CodeBlock>): string | undefined {
  if (NOT_INSTALLED.includes(specifier)) return CONTEXT_FILE;
  if (!specifier.startsWith('./')) return undefined;
  const linked = linksOf(page)
    .filter(isRelative)
    .map((link) => targetOf(page, link));
  const pages = [page, ...linked.filter((other) => PAGES.includes(other))];
  const name = `${posix.basename(specifier, '.js')}.ts`;
  return pages.map((other) => posix.join(folderOf(other), name)).find((file) => files.has(file)) ?? CONTEXT_FILE;
}
