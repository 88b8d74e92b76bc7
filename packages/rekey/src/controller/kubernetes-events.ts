import { hostname } from 'node:os'
import { type Clock, printableLine } from '@rekey/secret'
import type { createEventRecorder } from '@rekey/config-loader/internal/kubernetes'
import type { Problem } from './problems.ts'
import { DELIVERY_MS, type Message, type Receiver } from './receiver.ts'

/** Options of {@link createKubernetesEvents}. */
interface KubernetesEventsOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly namespace: string
  readonly clock: Clock
}

/**
 * Creates a writer of Events about the Secret object of a secret, or for a CA about the pod of this process.
 *
 * @throws {SecretError} `missing`, `malformed`, `refused` without a way to the API server
 */
export async function createKubernetesEvents({
  env,
  namespace,
  clock,
}: KubernetesEventsOptions): Promise<Receiver> {
  const kubernetes = await import('@rekey/config-loader/internal/kubernetes')
  const access = kubernetes.findKubernetesAccess(env)
  const place = { access, namespace, controller: 'rekey.dev/controller', timeoutMs: DELIVERY_MS }
  const record = kubernetes.createEventRecorder({ ...place, instance: hostname() })
  const regarding = ({ about, name }: Problem): Regarding =>
    about === 'secret'
      ? { kind: 'Secret', name: kubernetes.objectName(name) }
      : { kind: 'Pod', name: hostname() }
  return {
    name: 'kubernetes',
    send: (message, signal) =>
      record({ ...eventOf(message, clock), regarding: regarding(message.problem) }, signal),
  }
}

type RecordedEvent = Parameters<ReturnType<typeof createEventRecorder>>[0]
type Regarding = RecordedEvent['regarding']

function eventOf({ id, change, problem: { problem, about, name, next } }: Message, clock: Clock) {
  const subject = about === 'ca' ? 'Ca' : 'Secret'
  const capital = `${problem.slice(0, 1).toUpperCase()}${problem.slice(1)}`
  const at = new Date(clock.now())
  // The name of an object has no underscore.
  const one = { name: id.replaceAll('_', '-'), at }
  return change === 'began'
    ? {
        ...one,
        type: 'Warning' as const,
        reason: subject + capital,
        note: printableLine(`${name} is ${problem}; run next: ${next}`),
      }
    : {
        ...one,
        type: 'Normal' as const,
        reason: `${subject}${capital}Over`,
        note: printableLine(`${name} is no longer ${problem}`),
      }
}
