import { rotate, type RotationEvent } from '@rekey/rotation'
import { findStack, openRotator } from '@rekey/stack'
import { UsageError } from './failure.ts'
import type { CliContext, CommonFlags } from './cli-context.ts'

/** `rekey rotate KIND SECRET`: rotates one secret and prints each step as it ends. */
export async function rotateSecret(
  secret: string,
  flags: CommonFlags & { deadlineMs: string },
  { process, signal }: CliContext,
): Promise<void> {
  const deadlineMs = toMilliseconds(flags.deadlineMs)
  const stack = await findStack(flags.stack)
  const rotator = await openRotator({ ...stack, deadlineMs })
  const print = (line: object, text: string) => {
    process.stdout.write(`${flags.json ? JSON.stringify(line) : text}\n`)
  }
  const onEvent = (event: RotationEvent) => {
    if (event.phase === 'end') print(event, `${event.secret}  ${event.step}`)
    else if (event.phase === 'waiting' && !flags.json) showWait(event, process.stderr)
  }
  try {
    const kind = rotator.kinds.get(secret)
    if (kind === undefined) throw unknownSecret(secret, [...rotator.kinds.keys()])
    const { store, journal, audit } = rotator
    const rotated = await rotate(kind, { store, journal, audit, signal, onEvent })
    print(rotated, `${rotated.secret} is at ${rotated.version}; ${rotated.revoked} is gone`)
  } finally {
    await rotator.close()
  }
}

function showWait({ step, message = '' }: RotationEvent, stderr: CliContext['process']['stderr']) {
  if (stderr.isTTY) stderr.write(`\r\u001b[K${step}: ${message}\r`)
}

function unknownSecret(secret: string, known: readonly string[]): Error {
  return new UsageError(`there is no ${secret}; there are: ${known.join(', ')}`)
}

function toMilliseconds(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 86_400_000) return value
  throw new UsageError('--deadline-ms takes a whole number from 0 to 86400000')
}
