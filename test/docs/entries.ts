import { dirname, posix } from 'node:path';
import ts from 'typescript';
import { read } from './pages.js';

/** What an entry of the package exports. */
export interface ExportedName {
  readonly name: string;
  readonly isType: boolean;
  /** What to import it from. */
  readonly entry: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

const manifest = JSON.parse(read('package.json')) as Manifest;

export const PACKAGE = manifest.name;

/** The source of each entry, by the name that it is imported by. */
export const ENTRIES: ReadonlyMap<string, string> = new Map(
  Object.entries(manifest.exports).flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [[posix.join(PACKAGE, path), target.default.replace('./dist/', 'lib/').replace('.js', '.ts')]],
  ),
);

/** What every entry exports; some names are exported by two of them. */
export const EXPORTED_NAMES: readonly ExportedName[] = [...ENTRIES].flatMap(([entry, file]) =>
  exportsOf(read(file), file).map((exported) => ({ ...exported, entry })),
);

/** What a module exports, as it is written. */
export function exportsOf(code: string, file: string): { name: string; isType: boolean }[] {
  const { statements } = ts.createSourceFile('module.ts', code, ts.ScriptTarget.Latest);
  return statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return reExports(file, statement);
    if (!ts.canHaveModifiers(statement)) return [];
    const isExported = ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
    const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    return isExported ? declaredNames(statement).map((name) => ({ name, isType })) : [];
  });
}

/** The names that a statement declares. */
export function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  }
  if (ts.isImportDeclaration(statement)) {
    const bindings = statement.importClause?.namedBindings;
    return bindings && ts.isNamedImports(bindings) ? bindings.elements.map(({ name }) => name.text) : [];
  }
  const { name } = statement as ts.Statement & { readonly name?: ts.Node };
  return name && ts.isIdentifier(name) ? [name.text] : [];
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

function reExports(file: string, { exportClause, moduleSpecifier }: ts.ExportDeclaration) {
  if (exportClause && ts.isNamedExports(exportClause)) {
    return exportClause.elements.map(({ name, isTypeOnly }) => ({ name: name.text, isType: isTypeOnly }));
  }
  const target = moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : '';
  const source = posix.join(dirname(file), target.replace('.js', '.ts'));
  return exportsOf(read(source), source);
}
