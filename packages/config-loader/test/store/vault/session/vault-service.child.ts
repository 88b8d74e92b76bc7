import { argv, env, stdout } from 'node:process'
import { appRoleAuth, openVaultDatabaseSource } from '../../../../src/store/vault/index.ts'
import { createVaultClient, openVaultSession } from '../../../../src/store/vault/internal.ts'

/** A service that holds a lease, begins to read another one, and is told to end meanwhile. */
const [, , address = '', directory = '', url = ''] = argv
const session = await openVaultSession({
  client: createVaultClient({ address }),
  auth: appRoleAuth({
    roleId: { file: `${directory}/role-id` },
    secretIdFile: `${directory}/secret-id`,
  }),
  startJitterMs: 0,
  closeWithinMs: Number(env['CLOSE_WITHIN_MS']),
})
const source = await openVaultDatabaseSource({
  session,
  logins: { DATABASE_HELD: { role: 'frontend', url }, DATABASE_SLOW: { role: 'slow', url } },
})
await source.read('DATABASE_HELD')
process.once('SIGTERM', () => {
  void source[Symbol.asyncDispose]().then(() => session.close())
})
const reading = source.read('DATABASE_SLOW').then(
  () => 'read',
  () => 'aborted',
)
stdout.write('ready\n')
// What is under way keeps the process alive, and nothing else does.
stdout.write(`${await reading}\n`)
await session.close()
