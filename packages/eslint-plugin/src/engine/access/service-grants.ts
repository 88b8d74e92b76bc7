import type { StoreName } from './store-names.ts'

/** The secrets that a service may hold. */
export interface Grant {
  /** The kinds of secret of its own: `database`, `oidc-client`. */
  readonly kinds?: readonly string[]
  /** The services that it may call, each with an API key. */
  readonly callsTo?: readonly string[]
  /** The services that may call it. */
  readonly calledBy?: readonly string[]
}

/** The two ends of a call, which stand for a kind of secret where it matters who the other end is. */
const PEERS = { sender: 'callsTo', receiver: 'calledBy' } as const

/** The services at the other ends of the calls that a service has `kind` for; undefined if that is no end of a call. */
export function peersOf(grant: Grant, kind: string): readonly string[] | undefined {
  const key = kind === 'sender' || kind === 'receiver' ? PEERS[kind] : undefined
  return key && (grant[key] ?? [])
}

/** Whether `service` may hold the secret of that name. */
export function mayHold(service: string, grant: Grant, name: StoreName): boolean {
  if ('kind' in name) return name.owner === service && grant.kinds?.includes(name.kind) === true
  const { sender, receiver } = name
  return (
    (sender === service && grant.callsTo?.includes(receiver) === true) ||
    (receiver === service && grant.calledBy?.includes(sender) === true)
  )
}
