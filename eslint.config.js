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
  bullmq: ['verification', 'delivery'],
  testing: ['callbacks', 'verification'],
  cli: ['callbacks', 'verification', 'testing'],
};
/** Rooms that can be used without Nest. */
const frameworkFree = ['callbacks', 'verification', 'testing', 'cli'];

const importRules = Object.entries(rooms).map(([room, allowed]) => {
  const others = Object.keys(rooms).filter((other) => other !== room && !allowed.includes(other));
  return {
    files: [`lib/${room}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(?:\\.\\./)+(?:${others.join('|')}|start-up)/`,
              message: `lib/${room} imports nothing of that room.`,
            },
            {
              regex: '^(?:\\.\\./)+(?:index|video-callback)[^/]*$',
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

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', 'coverage/', 'test/consumers/', 'test/types/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
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
  ...importRules,
);
