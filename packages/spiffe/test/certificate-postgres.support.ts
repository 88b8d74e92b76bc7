import { chown, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openPostgres } from '@rekey/testbed'
import { issue, issueServer } from '@rekey/testbed/certificates'
import { Client } from 'pg'
import { onTestFinished } from 'vitest'

/** A PostgreSQL that accepts two logins over TCP: the role `shop_app` with an SVID whose common name is `shop`, and its superuser. */
export async function openCertificatePostgres(clientRoots: string) {
  const database = await openPostgres()
  onTestFinished(() => database.close())
  const home = dirname(database.logPath)
  const { uid, gid } = await stat(home)
  const put = async (name: string, text: string) => {
    const path = join(home, name)
    await writeFile(path, text, { mode: 0o600 })
    await chown(path, uid, gid)
    return path
  }
  const ca = issue({ commonName: 'Database Development CA', ca: true })
  const server = issueServer(ca, { dnsNames: ['localhost'] })
  const files = {
    ssl_ca_file: await put('clients.pem', clientRoots),
    ssl_cert_file: await put('server.pem', server.cert),
    ssl_key_file: await put('server.key', server.key),
  }
  await put('data/pg_ident.conf', 'svid shop shop_app\n')
  await put(
    'data/pg_hba.conf',
    [
      'hostssl all shop_app 127.0.0.1/32 cert map=svid',
      'host all postgres 127.0.0.1/32 scram-sha-256\n',
    ].join('\n'),
  )
  const admin = new Client({ connectionString: database.adminUrl.expose() })
  await admin.connect()
  await admin.query('CREATE ROLE shop_app LOGIN')
  for (const [name, path] of Object.entries(files)) {
    await admin.query(`ALTER SYSTEM SET ${name} = '${path}'`)
  }
  await admin.query('ALTER SYSTEM SET ssl = on')
  await admin.end()
  await database.restart()
  return { host: 'localhost', port: database.port, ca: ca.pem }
}
