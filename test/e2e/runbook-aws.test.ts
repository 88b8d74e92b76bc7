import { findForTest } from '@rekey/testbed'
import { describe } from 'vitest'
import { describeRunbook, ONE_OF_EACH } from './describe-runbook.ts'

const moto = await findForTest('moto')

describe.runIf(moto.found)('in AWS Secrets Manager, played by moto', () => {
  describeRunbook('aws', { cells: ONE_OF_EACH, store: 'aws' })
})
