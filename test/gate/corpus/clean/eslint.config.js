import rekey from '@rekey/eslint-plugin'
import { lintGrants, loadFamily } from '@rekey/rekey'
import parser from '@typescript-eslint/parser'

const family = await loadFamily(import.meta.dirname)

export default [
  { files: ['**/*.ts'], languageOptions: { parser, parserOptions: { projectService: true } } },
  ...rekey.configs.strict,
  {
    rules: {
      '@rekey/require-startup-validation': ['error', { loaders: ['loadService'] }],
      '@rekey/service-access': ['error', { grants: lintGrants(family) }],
    },
  },
]
