import { findForTest } from '@rekey/testbed'
import { describe } from 'vitest'
import { describeRunbook } from './describe-runbook.ts'

const programs = await Promise.all([
  findForTest('kube-apiserver'),
  findForTest('etcd'),
  findForTest('kubelet-writer'),
])

describe.runIf(programs.every(({ found }) => found))('in Kubernetes', () => {
  describeRunbook('kubernetes', { store: 'kubernetes' })
})
