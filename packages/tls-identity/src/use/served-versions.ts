import type { UsageReport } from '@rekey/secret/internal'

const CONNECTIONS = ' connections'

/** The name under which the usage of an identity reports the versions of a server's open connections. */
export function connectionsOf(server: string): string {
  return server + CONNECTIONS
}

/**
 * The versions that the servers of a process show in new handshakes, as their followers reported them; each once. Open
 * connections do not count: they need the key of their handshake no more (RFC 8446 §4.4).
 */
export function servedVersions({ holding }: Pick<UsageReport, 'holding'>): string[] {
  const servers = Object.entries(holding).filter(([consumer]) => !consumer.endsWith(CONNECTIONS))
  return [...new Set(servers.flatMap(([, versions]) => versions))]
}
