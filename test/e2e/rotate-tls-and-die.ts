import process from 'node:process'
import { rotate } from '@rekey/rekey/engine'
import type { Replica } from '@rekey/secret/internal/kind'
import { openRotator } from '@rekey/rekey'
import { findStack } from '@rekey/rekey/internal/stacks'
import { familyWith, TITLE } from './tls-fixture.ts'

// A rotator that kills itself, as kill -9 does, at one point of a rotation: `"STEP PHASE" STACK LEASE_MS REPLICAS`.
const [point = '', directory = '', leaseMs, replicas = ''] = process.argv.slice(2)
const family = await findStack(directory)
const rotator = await openRotator(familyWith(family, JSON.parse(replicas) as readonly Replica[]))
const kind = rotator.kinds.get(TITLE)
if (kind === undefined) throw new Error(`the family has no ${TITLE}`)
await rotate(kind, {
  store: rotator.store,
  journal: rotator.journal,
  leaseMs: Number(leaseMs),
  onEvent: ({ step, phase }) => {
    if (`${step} ${phase}` === point) process.kill(process.pid, 'SIGKILL')
  },
})
