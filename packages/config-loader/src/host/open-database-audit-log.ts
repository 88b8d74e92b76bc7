import { createSignedLog } from '@rekey/audit-log'
import { openLoginPool, type LoginPlace, type SignedLog } from '@rekey/audit-log/internal'
import { createEnvSource } from '../store/env-source.ts'
import { followLogin } from '@rekey/secret/internal/kind'
import type { EnvironmentVariables } from '../environment.ts'

/** Opens the audit log in the database whose URL is in the variable `name`, or in the file that `name` with `_FILE` names. */
export async function openDatabaseAuditLog(
  name: string,
  { env, open }: { readonly env: EnvironmentVariables } & Pick<LoginPlace, 'open'>,
): Promise<SignedLog> {
  const source = createEnvSource({ env })
  const read = async () => (await source.read(name)).current
  const database = await openLoginPool(followLogin({ read, open }))
  const log = createSignedLog({ database })
  return {
    record: (event) => log.record(event),
    checkpoint: () => log.checkpoint(),
    async close() {
      await log.close()
      await database.end()
    },
  }
}
