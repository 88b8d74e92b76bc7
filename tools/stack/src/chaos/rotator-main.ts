import process from 'node:process'
import { openRotator } from '@rekey/rekey'
import { findStack } from '@rekey/rekey/internal/stacks'
import { rotate } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'

// A rotator that sends its events to the process that started it, and stands still as one step begins, until it is killed:
// `SECRET STEP STACK LEASE_MS VALIDATION_MS`.
const [secret = '', step = '', directory, leaseMs, validationMs] = process.argv.slice(2)
const family = await findStack(directory)
const { store, journal, kinds, audit } = await openRotator({
  ...family,
  validationMs: Number(validationMs),
})
const kind = kinds.get(secret)
if (kind === undefined) throw new Error(`the family has no ${secret}`)
await rotate(kind, {
  store,
  journal,
  audit,
  leaseMs: Number(leaseMs),
  onEvent: async (event: RotationEvent) => {
    await new Promise((resolve) => process.send?.(event, resolve))
    if (event.phase === 'begin' && event.step === step) await new Promise(() => undefined)
  },
})
