import rekey from '@rekey/eslint-plugin'
import { lintGrants, POLICY } from '@rekey/gate'
import parser from '@typescript-eslint/parser'

export default [
  { files: ['**/*.ts'], languageOptions: { parser, parserOptions: { projectService: true } } },
  ...rekey.configs.strict,
  {
    rules: {
      '@rekey/require-startup-validation': ['error', { loaders: ['loadService'] }],
      '@rekey/service-access': ['error', { grants: lintGrants(POLICY) }],
    },
  },
]
