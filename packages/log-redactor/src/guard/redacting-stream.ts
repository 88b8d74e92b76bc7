import { Transform } from 'node:stream'
import type { Redacts } from '../redacts.ts'
import { Outlet } from './outlet.ts'

/**
 * Creates a stream that masks secrets in the bytes that pass it, cut anywhere; bytes that are no text pass as they are. A word that no
 * blank or line end follows waits 50 ms for its rest.
 *
 * @example
 * ```ts
 * const redactor = createRedactor({ secrets: Object.values(service.secrets) })
 * process.stdin.pipe(createRedactingStream(redactor)).pipe(process.stdout)
 * ```
 */
export function createRedactingStream(redactor: Redacts): Transform {
  const outlet = new Outlet((text, around) =>
    redactor.redact(text, { ...around, channel: 'stream' }),
  )
  const stream = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      done(null, outlet.clean(chunk))
    },
    flush(done) {
      done(null, outlet.end())
    },
  })
  outlet.printHeld = () => {
    if (!stream.destroyed) stream.push(outlet.clean(new Uint8Array()))
  }
  return stream
}
