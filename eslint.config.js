import eslint from '@eslint/js';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/** What each room of lib/ may import of the others: imports run one way. */
const rooms = {
  callbacks: [],
  verification: ['callbacks'],
  request: ['callbacks', 'verification'],
  telemetry: ['callbacks', 'verification', 'request'],
  secrets: ['callbacks', 'verification'],
  guard: ['callbacks', 'verification', 'request', 'telemetry'],
  payload: ['callbacks', 'verification', 'request', 'telemetry'],
  delivery: ['callbacks', 'verification', 'request', 'telemetry', 'payload'],
  redis: ['verification', 'delivery'],
  bullmq: ['verification', 'telemetry', 'delivery', 'redis'],
  opentelemetry: ['verification', 'telemetry'],
  terminus: ['verification', 'telemetry', 'delivery'],
  testing: ['callbacks', 'verification'],
  // Of the payload only what knows nothing of Nest.
  cli: ['callbacks', 'verification', 'payload/growing-buffer', 'testing'],
  // Looks at everything before the first request; nothing looks at it.
  'start-up': ['callbacks', 'verification', 'request', 'telemetry', 'secrets', 'guard', 'payload', 'delivery'],
};
/** Imports nothing, and may be imported by each of them. */
const base = 'options';
/** Rooms that can be used without Nest. */
const frameworkFree = [base, 'callbacks', 'verification', 'testing', 'cli'];

/** What start-up checks is written down above the rooms; everything else up there is made of the rooms. */
const aboveRooms = (room) =>
  room === 'start-up' ? '(?:index|video-callback(?!s\\.options))' : '(?:index|video-callback)';

const importRules = Object.entries({ [base]: [], ...rooms }).map(([room, allowed]) => {
  const others = Object.keys(rooms).filter((other) => other !== room && !allowed.includes(other));
  const files = allowed.filter((name) => name.includes('/')).map((name) => `(?!${name}\\.js$)`);
  return {
    files: [`lib/${room}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(?:\\.\\./)+${files.join('')}(?:${others.join('|')})/`,
              message: `lib/${room} imports nothing of that room.`,
            },
            {
              regex: `^(?:\\.\\./)+${aboveRooms(room)}[^/]*$`,
              message: 'A room imports nothing of the entry above it.',
            },
            ...(frameworkFree.includes(room)
              ? [{ regex: '^@nestjs/', message: `lib/${room} is framework-free.` }]
              : []),
          ],
        },
      ],
    },
  };
});

/** What browsers give every module, as far as the live monitor uses it. */
const browserGlobals = Object.fromEntries(
  ['addEventListener', 'clearTimeout', 'document', 'EventSource', 'setTimeout'].map((name) => [name, 'readonly']),
);

/** What Node gives every module, as far as our scripts use it. */
const nodeGlobals = { console: 'readonly', process: 'readonly', URL: 'readonly' };
const commonJsGlobals = { module: 'writable', require: 'readonly', __dirname: 'readonly' };

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', 'coverage/', 'test/consumers/', 'test/types/'] },
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
