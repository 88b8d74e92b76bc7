import { argv, stdin, stdout } from 'node:process'
import { appRoleAuth } from '../../../../src/store/vault/index.ts'
import { createVaultClient, openVaultSession } from '../../../../src/store/vault/internal.ts'

/** A service that holds leases, and says so with a line for each; one that is over is replaced. */
const [, , address = '', directory = '', count = ''] = argv
const session = await openVaultSession({
  client: createVaultClient({ address }),
  auth: appRoleAuth({
    roleId: { file: `${directory}/role-id` },
    secretIdFile: `${directory}/secret-id`,
  }),
  startJitterMs: 0,
})

async function keepLeasing(): Promise<void> {
  const lease = await session.openLease({ path: 'database/creds/frontend' })
  stdout.write('leased\n')
  const { reason } = await lease.ended
  stdout.write(`${reason}\n`)
  await keepLeasing()
}

// A session keeps no process alive; the pipe from the test does, as a port would.
stdin.resume()
await Promise.all(Array.from({ length: Number(count) }, keepLeasing))
