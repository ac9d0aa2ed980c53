import tseslint from 'typescript-eslint';

/** The rooms of lib/ and what each may import of the others: imports run one way. */
const rooms = {
  callbacks: ['verification', 'secrets', 'payload', 'delivery', 'telemetry'],
  verification: ['secrets', 'payload', 'delivery'],
  secrets: ['payload', 'delivery', 'telemetry'],
  payload: ['secrets', 'delivery'],
};

const forbidRooms = (room, others, frameworkFree) => ({
  files: [`lib/${room}/**/*.ts`],
  ignores: ['lib/verification/secure-callback.guard.ts'],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          { regex: `^\\.\\./(?:${others.join('|')})/`, message: `lib/${room} imports nothing of these rooms.` },
          { regex: '^\\.\\./[^/]+$', message: 'A room imports nothing of the entry above it.' },
          ...(frameworkFree ? [{ regex: '^@nestjs/', message: `lib/${room} is framework-free.` }] : []),
        ],
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', 'coverage/', 'test/consumers/'] },
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
);
