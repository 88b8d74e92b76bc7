import { findForTest } from '@rekey/testbed'
import { describe } from 'vitest'
import { describeRunbook, ONE_OF_EACH } from './describe-runbook.ts'

const vault = await findForTest('vault')

describe.runIf(vault.found)('in Vault', () => {
  describeRunbook('vault', { cells: ONE_OF_EACH, store: 'vault' })
})
