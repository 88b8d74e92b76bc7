import process from 'node:process'
import { type Fleet, rotate } from '@rekey/rotation'
import { findStack, openRotator } from '@rekey/stack'
import { describeTls } from './tls-scene.ts'

// A rotator that kills itself, as kill -9 does, at one point of a rotation: `"STEP PHASE" STACK LEASE_MS REPLICAS`.
const [point = '', directory = '', leaseMs, replicas = ''] = process.argv.slice(2)
const { store, journal, fleet } = await openRotator(await findStack(directory))
const { kindFor } = await describeTls({ directory, store, fleet })
await rotate(kindFor(JSON.parse(replicas) as Fleet), {
  store,
  journal,
  leaseMs: Number(leaseMs),
  onEvent: ({ step, phase }) => {
    if (`${step} ${phase}` === point) process.kill(process.pid, 'SIGKILL')
  },
})
