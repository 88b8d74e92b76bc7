import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CaKeystore, createCa } from '@rekey/ca-keystore'
import { generatePassphrase, createSigningRequest } from '@rekey/ca-keystore/internal'
import type { DatabaseCredentials } from '@rekey/db-pool-rotator'
import { DisposalStack, openTogether } from '@rekey/secret'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'

/** A PostgreSQL server with TLS, whose certificate is of a CA that only its own file makes trusted. */
export interface TlsDatabase extends AsyncDisposable {
  /** A login by password, over TLS or in clear text. */
  readonly login: DatabaseCredentials
  /** A login that the server takes over TLS only, with a certificate that names it. */
  readonly certified: DatabaseCredentials
  /** The same server behind a name that its certificate does not bear. */
  readonly otherHost: string
  /** The file of its CA, and of one that has nothing to do with it. */
  readonly ca: string
  readonly otherCa: string
  /** The client certificate of `certified` and its key. */
  readonly clientCertificate: string
  readonly clientKey: string
  /** The file of a private key that every user may read. */
  readonly openKey: string
}

const HOST = 'localhost'
const DAY_MS = 24 * 60 * 60 * 1_000

/** Opens it on a server of its own. */
export function openTlsDatabase(): Promise<TlsDatabase> {
  return openTogether(async (own) => {
    const directory = await mkdtemp(join(await realpath(tmpdir()), 'rekey-tls-database-'))
    own.defer(() => rm(directory, { recursive: true }), 'directory')
    const keep = async (name: string, text: string, mode = 0o600) => {
      await writeFile(join(directory, name), text)
      await chmod(join(directory, name), mode)
      return join(directory, name)
    }
    const [authority, stranger] = [await openCa(own, directory), await openCa(own, directory)]
    const server = own.use(await openPostgres(), 'PostgreSQL')
    const password = randomBytes(24).toString('hex')
    await switchTlsOn(server, authority, password)
    const client = await issue(authority, 'client', 'certified')
    const login = { user: 'app', password, host: HOST, port: server.port, database: 'postgres' }
    return {
      login,
      certified: { ...login, user: 'certified' },
      otherHost: '127.0.0.1',
      ca: await keep('ca.pem', authority.certificate),
      otherCa: await keep('other-ca.pem', stranger.certificate),
      clientCertificate: await keep('client.pem', client.certificate),
      clientKey: await keep('client.key', client.key),
      openKey: await keep('open.key', client.key, 0o644),
      [Symbol.asyncDispose]: () => own.dispose(),
    }
  })
}

async function openCa(own: DisposalStack, directory: string): Promise<CaKeystore> {
  const name = randomBytes(4).toString('hex')
  const ca = await createCa({
    directory: join(directory, name),
    passphrase: generatePassphrase(),
    commonName: `Unit Development Root ${name}`,
  })
  return own.use(ca, 'CA')
}

async function issue(ca: CaKeystore, profile: 'client' | 'server', commonName: string) {
  const { privateKey, csr } = createSigningRequest({ commonName })
  const { certificate } = await ca.issueCertificate({
    ...{ csr, profile, subject: { commonName }, validityMs: DAY_MS },
    subjectAltNames: [{ kind: 'dns', value: commonName }],
  })
  return { certificate, key: privateKey.expose() }
}

/** The superuser writes the files, so that they belong to the account of the server. */
async function switchTlsOn(server: Postgres, ca: CaKeystore, password: string): Promise<void> {
  const { certificate, key } = await issue(ca, 'server', HOST)
  const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  await admin.connect()
  const write = async (name: string, text: string) => {
    const line = Buffer.from(text).toString('base64')
    const path = `"$(dirname ${await fileOf(admin)})"/${name}`
    const command = `base64 -d > ${path} && chmod 600 ${path}`
    await admin.query(
      `copy (select ${pg.escapeLiteral(line)}) to program ${pg.escapeLiteral(command)}`,
    )
  }
  await admin.query(`create role app superuser login password '${password}'`)
  await admin.query('create role certified superuser login')
  await admin.query('create database other')
  await write('server.crt', certificate)
  await write('server.key', key)
  await write('root.crt', ca.certificate)
  await write(
    'pg_hba.conf',
    'hostssl all certified all cert\nhost all certified all reject\nhost all all all scram-sha-256\n',
  )
  await admin.query(`alter system set ssl_ca_file = 'root.crt'`)
  await admin.query(`alter system set ssl = on`)
  await admin.end()
  await server.restart()
}

async function fileOf(admin: pg.Client): Promise<string> {
  const { rows } = await admin.query<{ hba_file: string }>('show hba_file')
  return rows[0]?.hba_file ?? ''
}
