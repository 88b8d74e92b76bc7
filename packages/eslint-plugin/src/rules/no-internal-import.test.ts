import { runCases } from '../../test/rule-runs.support.ts'
import { noInternalImport } from './no-internal-import.ts'

const internal = (entry: string) => [{ messageId: 'internal' as const, data: { entry } }]

runCases('no-internal-import', noInternalImport, () => ({
  valid: ["import '@rekey/rekey/engine'", 'require(name)', 'export const internal = 1'],
  invalid: [
    { code: "import '@rekey/rekey/internal'", errors: internal('@rekey/rekey/internal') },
    {
      code: "require('@rekey/secret/internal/files')",
      errors: internal('@rekey/secret/internal/files'),
    },
    { code: 'import(`@rekey/secret/internal`)', errors: internal('@rekey/secret/internal') },
  ],
}))
