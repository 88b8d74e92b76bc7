import rekey from '@rekey/eslint-plugin'
import { lintGrants, loadFamily } from '@rekey/rekey'
import tseslint from 'typescript-eslint'

const grants = lintGrants(await loadFamily(import.meta.dirname))

export default [
  { ignores: ['**/dist/**'] },
  {
    files: ['services/**/*.ts'],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true } },
  },
  ...rekey.configs.strict,
  {
    rules: {
      '@rekey/require-startup-validation': ['error', { loaders: ['loadService'] }],
      '@rekey/service-access': ['error', { grants }],
    },
  },
]
