import type { LiveSecret } from '@rekey/secret'
import { newConsumer } from '@rekey/secret/internal'

/** Has a rotation know which version this process signs with. */
export function reportHeld(secret: LiveSecret<unknown>): { readonly close: () => void } {
  const consumer = newConsumer(secret.usage, 'signing')
  const closed = new AbortController()
  const report = (version: string) => {
    secret.usage.record(version)
    secret.usage.hold(consumer, [version])
  }
  const follow = async (before: string) => {
    let held = before
    for await (const { current } of secret.changes(closed.signal)) {
      if (current.version !== held) report(current.version)
      held = current.version
    }
  }
  const { version } = secret.current
  report(version)
  void follow(version)
  return {
    close() {
      closed.abort()
      secret.usage.hold(consumer, [])
    },
  }
}
