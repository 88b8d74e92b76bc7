import { openConnection, parseConnectionUrl } from '@rekey/db-pool-rotator'
import type { Stack } from '@rekey/stack'

/** The lease of a rotator that will be killed: it never runs out while that rotator lives, however busy the machine is. */
export const LEASE_MS = 600_000

/**
 * Ends the lease that a killed rotator holds on a secret, as the time of the server would.
 *
 * @throws {Error} if the journal has no holder for it
 */
export async function endLease(
  { postgres }: Pick<Stack, 'postgres'>,
  secret: string,
): Promise<void> {
  const admin = { ...parseConnectionUrl(postgres.adminUrl.expose()), database: 'rekey' }
  await using client = await openConnection(admin)
  const end = `update rekey.rotation set leased_until = now() - interval '1 second'
    where secret = $1 and holder is not null and leased_until > now()`
  const { rowCount } = await client.query(end, [secret])
  if (rowCount !== 1) throw new Error(`no rotator holds ${secret}`)
}
