import { once } from 'node:events'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'

/** From the process that starts this one: PEM of the certificate of this host, and its key. */
export interface PostgresOrder {
  readonly cert: string
  readonly key: string
}

/** The answer, as a message: where the server is, and the superuser's password. */
export interface PostgresPlace {
  readonly port: number
  readonly password: string
}

/** Serves PostgreSQL by TLS on every address of this host until its parent has ended. */
async function main(): Promise<void> {
  const order = JSON.parse(await text(process.stdin)) as PostgresOrder
  await using server = await openPostgres({ settings: { listen_addresses: '*' } })
  await switchTlsOn(server, order)
  const { password } = new URL(server.adminUrl.expose())
  process.send?.({ port: server.port, password } satisfies PostgresPlace)
  await once(process, 'disconnect')
}

/** The superuser writes the files, so that they belong to the account of the server. */
async function switchTlsOn(server: Postgres, { cert, key }: PostgresOrder): Promise<void> {
  const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  await admin.connect()
  const { rows } = await admin.query<{ data_directory: string }>('show data_directory')
  const directory = rows[0]?.data_directory ?? ''
  const write = async (name: string, content: string) => {
    const line = pg.escapeLiteral(Buffer.from(content).toString('base64'))
    const path = `"${directory}/${name}"`
    const command = pg.escapeLiteral(`base64 -d > ${path} && chmod 600 ${path}`)
    await admin.query(`copy (select ${line}) to program ${command}`)
  }
  await write('server.crt', cert)
  await write('server.key', key)
  await write(
    'pg_hba.conf',
    'host all postgres 127.0.0.1/32 scram-sha-256\nhostssl all all all scram-sha-256\n',
  )
  await admin.query('alter system set ssl = on')
  await admin.end()
  await server.restart()
}

await main()
process.exit()
