// Writes lib/swagger/descriptions.ts: what the doc comments of lib/callbacks say of each kind, class and field, and the
// known values that the types name. With --check it only says whether that file is up to date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import ts from 'typescript';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const CALLBACKS = 'lib/callbacks';
const TARGET = 'lib/swagger/descriptions.ts';

const statements = readdirSync(CALLBACKS)
  .sort()
  .flatMap((name) => [
    ...ts.createSourceFile(name, readFileSync(join(CALLBACKS, name), 'utf8'), ts.ScriptTarget.Latest, true).statements,
  ]);
const aliases = new Map(statements.filter(ts.isTypeAliasDeclaration).map(({ name, type }) => [name.text, type]));

/** The doc comment of a declaration in one line, without the sources at its end. */
function descriptionOf(node) {
  const comment = ts.getTextOfJSDocComment(node.jsDoc?.at(-1)?.comment) ?? '';
  const text = comment
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .replace(/ ?\[Vonage[^\]]*\]$/, '');
  if (text === '') throw new Error(`${node.getSourceFile().fileName}: ${node.name.text} has no doc comment.`);
  return text;
}

/** The values that an `OpenValue<…>` names, in their order; none of any other type. */
function knownValuesOf(type) {
  if (!ts.isTypeReferenceNode(type)) return [];
  const name = type.typeName.getText();
  if (name === 'OpenValue') return literalsOf(type.typeArguments[0]);
  return aliases.has(name) ? knownValuesOf(aliases.get(name)) : [];
}

function literalsOf(type) {
  return ts.isUnionTypeNode(type) ? type.types.flatMap(literalsOf) : [type.literal.text];
}

/** The index signature of what keeps unknown fields is none. */
function fieldsOf({ members }) {
  const fields = members.filter(ts.isPropertyDeclaration);
  return Object.fromEntries(fields.map((it) => [it.name.text, [descriptionOf(it), ...knownValuesOf(it.type)]]));
}

const kinds = statements.filter(ts.isInterfaceDeclaration).find(({ name }) => name.text === 'CallbackOfKind');
const classes = statements.filter(ts.isClassDeclaration).filter((it) => it.name.text !== 'Dto');
const kindTexts = Object.fromEntries(kinds.members.map((it) => [it.name.text, descriptionOf(it)]));
const classTexts = classes.map((it) => [it.name.text, { description: descriptionOf(it), fields: fieldsOf(it) }]);

const text = await prettier.format(
  `// Written by scripts/describe-callbacks.js from the doc comments of ${CALLBACKS}: change these.
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';

/** What a class is, and of each field that it declares itself: what it is, and the known values of a text. */
interface ClassTexts {
  readonly description: string;
  readonly fields: Readonly<Record<string, readonly [description: string, ...knownValues: string[]]>>;
}

/** What each kind of callback is. */
export const KIND_TEXTS: Readonly<Record<VideoCallbackKind, string>> = ${JSON.stringify(kindTexts)};

/** The texts of each class of the catalogue, by its name. */
export const CLASS_TEXTS: Readonly<Record<string, ClassTexts>> = ${JSON.stringify(Object.fromEntries(classTexts))};
`,
  { ...(await prettier.resolveConfig(TARGET)), filepath: TARGET },
);

if (!process.argv.includes('--check')) writeFileSync(TARGET, text);
else if (readFileSync(TARGET, 'utf8') !== text) {
  console.error(`${TARGET} is not what the doc comments say: npm run describe`);
  process.exitCode = 1;
}
