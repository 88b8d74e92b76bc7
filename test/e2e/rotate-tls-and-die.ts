import process from 'node:process'
import { rotate } from '@rekey/rotation'
import type { Replica } from '@rekey/secret/kind'
import { openRotator } from '@rekey/family/rotator'
import { findStack } from '@rekey/family/stacks'
import { describeTls } from './tls-scene.ts'

// A rotator that kills itself, as kill -9 does, at one point of a rotation: `"STEP PHASE" STACK LEASE_MS REPLICAS`.
const [point = '', directory = '', leaseMs, replicas = ''] = process.argv.slice(2)
const stack = await findStack(directory)
const { store, journal } = await openRotator(stack)
const { kindFor } = await describeTls({ directory, store, family: stack })
await rotate(kindFor(JSON.parse(replicas) as readonly Replica[]), {
  store,
  journal,
  leaseMs: Number(leaseMs),
  onEvent: ({ step, phase }) => {
    if (`${step} ${phase}` === point) process.kill(process.pid, 'SIGKILL')
  },
})
