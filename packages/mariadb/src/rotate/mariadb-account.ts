import { createHash, timingSafeEqual } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { jsonIn, type Secret, SecretError } from '@rekey/secret'
import type { FarSide } from '@rekey/secret/kind'
import { type Ask, type MariaDbLogin, type MariaDbServer, withServer } from './mariadb-server.ts'

/** An account of MariaDB, and who may change it. */
export interface MariaDbAccount {
  readonly user: string
  /** The host of the account: `%`. */
  readonly host: string
  readonly server: MariaDbServer
  /** Reads the login of the administrator. */
  readonly administrator: () => Promise<MariaDbLogin>
}

/** A way to log in to an account: a plugin, and what it keeps. */
interface Way {
  readonly plugin: string
  readonly kept: string
}

const PASSWORD = 'mysql_native_password'

/**
 * Creates the far side of a password of MariaDB: an account has two ways to log in while one password replaces the other. The server gets the
 * digest of a new password. Other ways of the account stay. Sessions live on after the end of a password, but for one that leaked: those of
 * its account are killed.
 *
 * @see https://mariadb.com/kb/en/authentication-from-mariadb-10-4/
 */
export function createMariaDbAccount(account: MariaDbAccount): FarSide {
  const { user, host, server, administrator } = account
  const asAdministrator = async (signal: AbortSignal, work: (ask: Ask) => Promise<void>) => {
    const login = await administrator()
    const done = await withServer(server, login, signal, async (ask) => {
      await work(ask)
      return true
    })
    if (done !== undefined) return
    const message = `${server.host} refuses the login of ${login.user}: check the administrator of the family`
    throw new SecretError('forbidden', message, { host: server.host })
  }
  const end = (value: Secret, signal: AbortSignal, last: (ask: Ask) => Promise<void>) =>
    asAdministrator(signal, async (ask) => {
      const ways = await waysOf(account, ask)
      const left = ways.filter((way) => !isOf(way, value))
      if (left.length < ways.length) await setWays(account, left, ask)
      await last(ask)
    })
  const name = `${user}@${host}`

  return {
    ...{ name: 'MariaDB', noun: 'password', slots: 'two-secrets' },
    plan: () =>
      Promise.resolve({
        generate: '32 random bytes',
        admit: `${name} gets it as a second one`,
        revoke: `${name} loses the old one`,
      }),
    add: ({ pending }, { signal }) =>
      asAdministrator(signal, async (ask) => {
        const ways = await waysOf(account, ask)
        if (ways.some((way) => isOf(way, pending.value))) return
        await setWays(account, [wayOf(pending.value), ...ways], ask)
      }),
    accepts: async (password, signal) =>
      (await withServer(server, { user, password }, signal, () => Promise.resolve(true))) === true,
    remove: (value, { compromised, signal }) =>
      end(value, signal, (ask) => (compromised ? killSessions(user, ask) : Promise.resolve())),
    withdraw: ({ pending }, { signal }) => end(pending.value, signal, () => Promise.resolve()),
  }
}

/** The digest of a password that the server keeps: it needs no slow one, since that has 32 random bytes. */
function wayOf(password: Secret): Way {
  const digest = (data: string | Buffer) => createHash('sha1').update(data).digest()
  const kept = `*${digest(digest(password.expose())).toString('hex').toUpperCase()}`
  return { plugin: PASSWORD, kept }
}

function isOf({ plugin, kept }: Way, password: Secret): boolean {
  const [theirs, ours] = [Buffer.from(kept), Buffer.from(wayOf(password).kept)]
  return plugin === PASSWORD && theirs.length === ours.length && timingSafeEqual(theirs, ours)
}

/** @throws {SecretError} `missing` for an account that is not there, `refused` for a server that is no MariaDB */
async function waysOf({ user, host, server }: MariaDbAccount, ask: Ask): Promise<Way[]> {
  const [{ version = '' } = {}] = await ask('select version() as version')
  if (!String(version).includes('MariaDB')) {
    throw new SecretError(
      'refused',
      `${server.host} is no MariaDB: its accounts have other ways to log in`,
    )
  }
  // As digits: mysql2 reads JSON by itself, in some versions of the server.
  const rows = await ask(
    'select hex(Priv) as text from mysql.global_priv where User = ? and Host = ?',
    [...[user, host]],
  )
  const [row] = rows
  if (row === undefined) {
    const remedy = 'make it with CREATE USER, its rights and its present password'
    throw new SecretError('missing', `${server.host} has no account ${user}@${host}: ${remedy}`)
  }
  // An empty entry of `auth_or` stands for the outer one.
  const outer = jsonIn(Buffer.from(String(row['text']), 'hex').toString()) as Kept
  return (outer.auth_or ?? [{}]).map((entry) => {
    const { plugin = '', authentication_string: kept = '' } =
      entry.plugin === undefined ? outer : entry
    return { plugin, kept }
  })
}

interface Kept {
  readonly plugin?: string
  readonly authentication_string?: string
  readonly auth_or?: readonly Kept[]
}

/** In one statement, so that no login meets an account with none. */
async function setWays({ user, host }: MariaDbAccount, ways: readonly Way[], ask: Ask) {
  const parts = ways.map(({ plugin, kept }) => {
    if (!/^\w+$/.test(plugin))
      throw new SecretError('refused', `${user} has a way to log in without a plugin`)
    return kept === '' ? plugin : `${plugin} using ?`
  })
  if (parts.length === 0) throw new SecretError('refused', `${user} would have no way to log in`)
  const values = ways.flatMap(({ kept }) => (kept === '' ? [] : [kept]))
  await ask(`alter user ?@? identified via ${parts.join(' or ')}`, [user, host, ...values])
}

/** Between two looks at sessions that were killed. */
const PAUSE_MS = 20

/** Without these rights a server shows no session of others, kills none, and reports no error. */
const RIGHTS = ['PROCESS', 'CONNECTION ADMIN']

async function killSessions(user: string, ask: Ask): Promise<void> {
  const grants = (await ask('show grants')).flatMap((row) => Object.values(row).map(String))
  const isGranted = (right: string) =>
    grants.some(
      (grant) =>
        grant.includes(' ON *.* ') && (grant.startsWith('GRANT ALL ') || grant.includes(right)),
    )
  const lacking = RIGHTS.filter((right) => !isGranted(right))
  if (lacking.length > 0) {
    const message = `the administrator cannot end the sessions of ${user}: grant ${lacking.join(' and ')} on *.*`
    throw new SecretError('forbidden', message)
  }
  const list = 'select id from information_schema.processlist where user = ?'
  const ids = (await ask(list, [user])).map(({ id }) => id)
  for (const id of ids) {
    // 1094: it has ended already.
    await ask('kill connection ?', [id]).catch((error: unknown) => {
      if ((error as { errno?: unknown }).errno !== 1094) throw error
    })
  }
  // A session ends a moment after it is killed; the limit of the whole call is that of this wait.
  const left = 'select 1 from information_schema.processlist where id in (?) limit 1'
  while (ids.length > 0 && (await ask(left, [ids])).length > 0) await delay(PAUSE_MS)
}
