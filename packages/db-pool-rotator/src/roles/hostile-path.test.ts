import type { SqlClient } from '@rekey/secret/kind'
import { expect, it, onTestFinished } from 'vitest'
import { createPool, openConnection } from '../index.ts'
import { compareLogins, findLoginReaders, findStrangers } from './internal.ts'
import { databaseAccess } from './inspection.ts'
import { describeOnServers, newPassword } from '../../test/roles/roles.support.ts'

/** A function matches better than one of PostgreSQL where that takes `text` and is given a `name`, or takes anything. */
const TRAPS = [
  'starts_with(name, text)',
  'strpos(name, text)',
  'concat(text, text)',
  'quote_ident(name)',
]

describeOnServers((lab) => {
  /** The database of a service, whose owner has made functions there. */
  async function openTrapped() {
    const password = newPassword()
    await lab().run(
      `create role shop login password '${password.expose()}'`,
      'create database shop owner shop',
    )
    const shop = await lab().connect(lab().credentials('shop', password, 'shop'))
    await shop.query('create schema if not exists public; create table public.sprung (by name)')
    await shop.query(
      'grant usage on schema public to public; grant insert on public.sprung to public',
    )
    for (const signature of TRAPS) {
      const returns = signature.startsWith('st')
        ? signature.startsWith('strpos')
          ? 'int'
          : 'boolean'
        : 'text'
      await shop.query(`create function public.${signature} returns ${returns} language plpgsql
        as 'begin insert into public.sprung values (session_user); return null; end'`)
    }
    const sprung = async () =>
      (await shop.query<{ by: string }>('select distinct by from public.sprung')).rows
    return { sprung }
  }

  it('S28: a function in the database of a service does not run as its administrator', async () => {
    const { sprung } = await openTrapped()
    const admin = { ...(await administrator()), database: 'shop' }
    await lab().admit('app_g1')
    await lab().admit('app_g2')
    const look = async (client: SqlClient) => {
      await findStrangers(client, 'app', [])
      await findLoginReaders(client, 'app', 'app_g1')
    }

    const pool = createPool(admin, { catalogOnly: true })
    onTestFinished(() => pool.end())
    const client = await pool.connect()
    await look(client)
    client.release()
    await using connection = await openConnection(admin, { catalogOnly: true })
    await look(connection)
    const access = databaseAccess(lab().admin, admin)
    await access.open('shop', (other) => look(other))
    await compareLogins(access, 'app_g1', 'app_g2')
    expect(await sprung()).toEqual([])

    await using careless = await openConnection(admin)
    await look(careless)
    expect(await sprung()).toEqual([{ by: 'postgres' }])
  })

  async function administrator() {
    const url = new URL(lab().server.adminUrl.expose())
    const { hostname: host, port, username: user, password } = url
    return Promise.resolve({ host, port: Number(port), user, password })
  }
})
