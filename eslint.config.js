import eslint from '@eslint/js';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/** What each folder of lib/ may import of the others: imports run one way. */
const folders = {
  callbacks: [],
  verification: ['callbacks'],
  secrets: ['callbacks', 'verification'],
  request: ['callbacks', 'verification'],
  telemetry: ['callbacks', 'verification', 'request'],
  payload: ['callbacks', 'verification', 'request', 'telemetry'],
  delivery: ['callbacks', 'verification', 'request', 'telemetry', 'payload'],
  decorators: ['callbacks', 'verification', 'request', 'payload', 'delivery'],
  redis: ['verification', 'delivery'],
  postgres: ['verification', 'delivery'],
  bullmq: ['callbacks', 'verification', 'telemetry', 'delivery', 'redis'],
  'pg-boss': ['callbacks', 'verification', 'telemetry', 'delivery'],
  opentelemetry: ['verification', 'telemetry'],
  terminus: ['verification', 'telemetry', 'delivery'],
  // Of startup only what reads the decorators of controllers.
  swagger: ['callbacks', 'request', 'startup/route-places', 'testing'],
  // Of the inbox only its contract, which knows nothing of Nest.
  testing: ['callbacks', 'verification', 'delivery/inbox/callback-inbox', 'delivery/inbox/stored-callback'],
  // Of the secrets only what reads them from the environment.
  cli: ['callbacks', 'verification', 'secrets/environment', 'secrets/secret-rules', 'testing'],
  // Looks at everything before the first request; nothing looks at it.
  startup: ['callbacks', 'verification', 'request', 'telemetry', 'secrets', 'payload', 'delivery', 'decorators'],
};
/** Imports nothing, and may be imported by each of them. */
const base = 'options';
/** Folders that can be used without Nest. */
const frameworkFree = [base, 'callbacks', 'verification', 'testing', 'cli'];
/** What of them belongs to Nest all the same: a stage, and what it throws. */
const ofNest = ['lib/verification/secure-callback.guard.ts', 'lib/verification/callback-rejected.exception.ts'];

/** An application that uses the module as any other does. */
const listener = 'lib/cli/listen/listener.ts';

/** What startup checks is written down above the folders; everything else up there is made of them. */
const aboveFolders = (folder) => (folder === 'startup' ? 'index' : '(?:index|video-callbacks)');

/** Forbids what matches a pattern, whether it is imported by a declaration or by `import()`. */
const forbid = (patterns) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns }],
  'no-restricted-syntax': [
    'error',
    ...patterns.map(({ regex, message }) => ({
      // A slash would end the pattern of the selector.
      selector: `ImportExpression > Literal[value=/${regex.replaceAll('/', '\\u002F')}/]`,
      message,
    })),
  ],
});

const importRule = (folder, allowed, isFrameworkFree, above = aboveFolders(folder)) => {
  const others = Object.keys(folders).filter((other) => other !== folder && !allowed.includes(other));
  const files = allowed.filter((name) => name.includes('/')).map((name) => `(?!${name}\\.js$)`);
  return forbid([
    {
      regex: `^(?:\\.\\./)+${files.join('')}(?:${others.join('|')})/`,
      message: `lib/${folder} imports nothing of that folder.`,
    },
    {
      regex: `^(?:\\.\\./)+${above}[^/]*$`,
      message: 'A folder imports nothing of the entry above it.',
    },
    ...(isFrameworkFree ? [{ regex: '^@nestjs/', message: `lib/${folder} is framework-free.` }] : []),
  ]);
};

/** Further entries, each with peers of its own that the main entry must not need. */
const furtherEntries = [
  'redis',
  'bullmq',
  'postgres',
  'pg-boss',
  'opentelemetry',
  'terminus',
  'swagger',
  'testing',
  'cli',
];

const importRules = [
  ...Object.entries({ [base]: [], ...folders }).map(([folder, allowed]) => ({
    files: [`lib/${folder}/**/*.ts`],
    ignores: [...ofNest, listener],
    rules: importRule(folder, allowed, frameworkFree.includes(folder)),
  })),
  { files: ofNest, rules: importRule('verification', folders.telemetry.concat('telemetry'), false) },
  { files: [listener], rules: importRule('cli', folders.cli, false, 'video-callbacks') },
  {
    files: ['lib/*.ts'],
    rules: forbid([
      { regex: `^\\./(?:${furtherEntries.join('|')})/`, message: 'The main entry imports no further entry.' },
    ]),
  },
];

/** What browsers give every module, as far as the live monitor uses it. */
const browserGlobals = Object.fromEntries(
  ['addEventListener', 'clearTimeout', 'document', 'EventSource', 'setTimeout'].map((name) => [name, 'readonly']),
);

/** What Node gives every module, as far as our scripts use it. */
const nodeGlobals = { console: 'readonly', process: 'readonly', URL: 'readonly' };
const commonJsGlobals = { module: 'writable', require: 'readonly', __dirname: 'readonly' };

export default tseslint.config(
  {
    ignores: ['**/dist/', '.harness/', '**/node_modules/', 'coverage/', 'reference/', 'test/{consumers,types}/'],
  },
  {
    files: ['**/*.{js,cjs}'],
    extends: [eslint.configs.recommended],
    languageOptions: { globals: nodeGlobals },
  },
  {
    files: ['sample/*/public/*.js'],
    languageOptions: { globals: browserGlobals },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: commonJsGlobals },
  },
  {
    files: ['**/*.ts'],
    extends: [
      eslint.configs.recommended,
      ...tseslint.configs.strictTypeChecked,
      ...tseslint.configs.stylisticTypeChecked,
    ],
    // One program for all: the samples' own projects differ in their output only, and each would cost a compilation.
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Nest modules are classes that carry nothing but their decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Nest declares its options as classes and documents them as literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  {
    // Untrusted text must not choose how long a regular expression takes.
    files: ['lib/**/*.ts'],
    plugins: { regexp },
    rules: { 'regexp/no-super-linear-backtracking': 'error', 'regexp/no-super-linear-move': 'error' },
  },
  {
    files: ['test/**/*.ts'],
    // Tests look for such characters in what a terminal or a log gets.
    rules: { 'no-control-regex': 'off' },
  },
  ...importRules,
);
