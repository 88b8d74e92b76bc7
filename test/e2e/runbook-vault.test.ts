import { findForTest } from '@rekey/testbed'
import { describe } from 'vitest'
import { describeRunbook } from './describe-runbook.ts'

const vault = await findForTest('vault')

describe.runIf(vault.found)('in Vault', () => {
  describeRunbook('vault', { store: 'vault' })
})
