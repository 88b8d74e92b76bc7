import { findForTest } from '@rekey/testbed'
import { describe } from 'vitest'
import { describeRunbook, ONE_OF_EACH } from './describe-runbook.ts'

const programs = await Promise.all([
  findForTest('kube-apiserver'),
  findForTest('etcd'),
  findForTest('kubelet-writer'),
])

describe.runIf(programs.every(({ found }) => found))('in Kubernetes', () => {
  describeRunbook('kubernetes', { cells: ONE_OF_EACH, store: 'kubernetes' })
})
