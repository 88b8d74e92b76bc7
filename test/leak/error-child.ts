import { format, inspect } from 'node:util'
import type { Job } from './error-path.ts'
import { failAt } from './fail-at.ts'
import { LAST_LINE, type Told } from './channels.ts'

// Listening on keeps the process alive while its timers, which do not, are all that it waits for.
process.on('message', (job: Job) => void tell(job))

/** Is no await of the module itself: a chunk of the build that is loaded meanwhile may import from this one. */
async function tell(job: Job): Promise<void> {
  const { error, seen } = await failAt(job)
  const { code, details } = error as { code?: unknown; details?: { reason?: unknown } }
  const reason = details?.reason
  const told: Told = {
    code: String(code),
    ...(typeof reason === 'string' && { reason }),
    channels: {
      message: String(error),
      stack: error instanceof Error ? (error.stack ?? '') : '',
      inspect: inspect([error, seen], { depth: 12, showHidden: true, maxStringLength: null }),
      JSON: [error, ...seen].map(jsonOf).join('\n'),
      cause: causesOf(error),
    },
  }
  console.log('%o %O %j %s', error, error, error, error, ...seen)
  await new Promise((sent) => process.send?.(told, sent))
  process.disconnect()
  process.stderr.write(`${LAST_LINE}\n`, () => {
    void Promise.reject(error)
  })
}

/** What refers to itself has no JSON. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (failure) {
    if (failure instanceof TypeError) return failure.message
    throw failure
  }
}

/** Every error that the error holds, in any of the ways there are. */
function causesOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 8) return ''
  const { cause, errors = [] } = error as Error & { errors?: readonly unknown[] }
  const inner = [cause, ...errors].map((each) => causesOf(each, depth + 1))
  return [format('%o', error.cause), error.message, ...inner].join('\n')
}
