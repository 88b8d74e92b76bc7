import process from 'node:process'
import { rotate } from '@rekey/rekey/engine'
import { openRotator } from '@rekey/rekey'
import { findStack } from '@rekey/rekey/internal/stacks'

// A rotator that kills itself, as kill -9 does, at one point of a rotation: `SECRET "STEP PHASE" STACK LEASE_MS`.
const [secret = '', point = '', directory, leaseMs] = process.argv.slice(2)
const { store, journal, kinds } = await openRotator(await findStack(directory))
const kind = kinds.get(secret)
if (kind === undefined) throw new Error(`no ${secret}`)
await rotate(kind, {
  store,
  journal,
  leaseMs: Number(leaseMs),
  onEvent: ({ step, phase }) => {
    if (`${step} ${phase}` === point) process.kill(process.pid, 'SIGKILL')
  },
})
