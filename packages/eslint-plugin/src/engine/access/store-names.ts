/** A name in a secret store, and whose secret it is. */
export type StoreName =
  | { readonly kind: string; readonly owner: string }
  | { readonly sender: string; readonly receiver: string }

const SUFFIX = '(?:__?(?:FILE|PENDING|PREVIOUS))*'

/**
 * Reads names such as `DATABASE_FRONTEND`, `OIDC_CLIENT_SECRET_FRONTEND` and `API_KEY_FRONTEND_SIGNING`, which services
 * and their secrets have in every store, and the names of the variables that hold them.
 */
export function createNameReader(
  kinds: readonly string[],
  services: readonly string[],
): (name: string) => StoreName | undefined {
  const kindOf = new Map(kinds.map((kind) => [constantCase(kind), kind]))
  const serviceOf = new Map(services.map((service) => [constantCase(service), service]))
  const [kind, service] = [kindOf, serviceOf].map((names) => [...names.keys()].join('|'))
  const owned = new RegExp(`^(${kind})(?:_SECRET)?_(${service})${SUFFIX}$`)
  const shared = new RegExp(`^API_KEY_(${service})__?(${service})${SUFFIX}$`)
  return (name) => {
    const [, ofKind = '', ofOwner = ''] = owned.exec(name) ?? []
    const [, from = '', to = ''] = shared.exec(name) ?? []
    const [foundKind, owner] = [kindOf.get(ofKind), serviceOf.get(ofOwner)]
    if (foundKind !== undefined && owner !== undefined) return { kind: foundKind, owner }
    const [sender, receiver] = [serviceOf.get(from), serviceOf.get(to)]
    return sender === undefined || receiver === undefined ? undefined : { sender, receiver }
  }
}

function constantCase(name: string): string {
  return name.replaceAll(/[^0-9A-Za-z]+/g, '_').toUpperCase()
}
