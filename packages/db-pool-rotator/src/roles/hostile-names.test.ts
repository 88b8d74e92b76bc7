// @lane servers
import pg from 'pg'
import { expect, it } from 'vitest'
import { createOwnerRole, listLogins, nextLoginName } from './index.ts'
import {
  closeLogin,
  compareLogins,
  dropLogin,
  findLoginReaders,
  findStrangers,
  inTransaction,
} from './internal.ts'
import { planMigration } from './inspection.ts'
import { grantTemplate } from './grant-template.ts'
import { describeOnServers } from '../../test/roles/roles.support.ts'

const CONTROLS = [...Array.from({ length: 31 }, (_, n) => String.fromCodePoint(n + 1)), '\u007f']
/** Characters that turn text around or hide. */
const BIDI = ['\u202e', '\u2066', '\u200f', '\u2028']
const QUOTES = ['"', "'", '--', '$$', '\\', '/*', ';', `:'verifier'`, '%s', '$1', 'é']
const UNREADABLE = [...CONTROLS, ...BIDI]

/** A name that ends a quoted one, and makes its author a superuser, in each way in which text could be cut. */
const nameWith = (part: string) => `a${part}";alter role x superuser;${part}--`

describeOnServers((lab) => {
  const isHarmed = async () => {
    const { rows } = await lab().admin.query(
      'select rolname from pg_roles where rolsuper and oid >= 16384',
    )
    return rows.length > 0
  }
  const quoted = pg.escapeIdentifier
  const oneOf = (names: readonly string[], name: string) => names.filter((each) => each === name)

  it.each(QUOTES)('S28: a name with %j is quoted wherever it reaches SQL', async (part) => {
    await lab().run('create role x')
    const owner = nameWith(part)
    await createOwnerRole(lab().admin, owner)
    const [first, second] = [nextLoginName(owner), nextLoginName(owner, nextLoginName(owner))]
    await lab().admit(first, { ownerRole: owner })
    await lab().run(
      `create database ${quoted(owner)}`,
      `alter role ${quoted(first)} in database ${quoted(owner)} set work_mem = '5MB'`,
      `comment on role ${quoted(first)} is ${pg.escapeLiteral(owner)}`,
    )
    await lab().runIn(
      owner,
      `create schema ${quoted(owner)}; create table ${quoted(owner)}.${quoted(owner)} (${quoted(owner)} int)`,
      grantTemplate(owner, {
        database: owner,
        schemas: {
          [owner]: {
            tables: { [owner]: ['SELECT'] },
            columns: { [owner]: { [owner]: ['UPDATE'] } },
          },
        },
      }),
      `grant select on ${quoted(owner)}.${quoted(owner)} to ${quoted(first)}`,
    )
    await lab().admit(second, { ownerRole: owner, like: first })
    const differences = await compareLogins(lab().access, first, second)
    expect(new Set(differences.map(({ database }) => database))).toEqual(new Set([owner]))
    await findLoginReaders(lab().admin, owner, first)
    const strangers = await findStrangers(lab().admin, owner, [second])
    expect(strangers.map(({ name }) => name)).toEqual([first])
    expect((await listLogins(lab().admin, owner)).map(({ name }) => name)).toEqual([first, second])
    await lab().runIn(
      owner,
      `revoke all on ${quoted(owner)}.${quoted(owner)} from ${quoted(first)}`,
    )
    await closeLogin(lab().admin, first)
    expect(await inTransaction(lab().admin, () => dropLogin(lab().access, first))).toBe(true)
    expect(await isHarmed()).toBe(false)
  })

  it.each(QUOTES)(
    'S28: a role with %j in its name is adopted statement by statement',
    async (part) => {
      await lab().run('create role x', `create role ${quoted(nameWith(part))} login`)
      const role = nameWith(part)
      const migration = { role, ownerRole: `${role}o`, login: `${role}l`, rotator: `${role}r` }
      const plan = await planMigration(lab().access, migration)
      const steps = ['prepare', 'finish', 'rollback'] as const
      for (const step of steps) {
        for (const statement of plan.statementsOf(step, `SCRAM-SHA-256$4096:'${part}`)) {
          await lab().run(statement)
        }
        expect(await isHarmed()).toBe(false)
      }
      const { rows } = await lab().admin.query<{ name: string }>(
        'select rolname as name from pg_roles',
      )
      expect(
        oneOf(
          rows.map(({ name }) => name),
          role,
        ),
      ).toEqual([role])
    },
  )

  it('S28: a name with a character that cannot be read is refused wherever a role is made or adopted', async () => {
    for (const part of UNREADABLE) {
      const name = nameWith(part)
      const refused = { code: 'malformed' }
      await expect(createOwnerRole(lab().admin, name)).rejects.toMatchObject(refused)
      await expect(lab().admit(name)).rejects.toMatchObject(refused)
      for (const key of ['role', 'ownerRole', 'login', 'rotator']) {
        const migration = { role: 'app', [key]: name }
        await expect(planMigration(lab().access, migration)).rejects.toMatchObject(refused)
      }
    }
  })

  it('S28: roles and databases of strangers whose names cannot be read are closed like any other', async () => {
    await lab().run('create role x')
    await lab().admit('app_g1')
    for (const part of UNREADABLE) {
      const name = nameWith(part)
      await lab().run(`create role ${quoted(name)} login in role app`)
      await closeLogin(lab().admin, name)
      expect(await inTransaction(lab().admin, () => dropLogin(lab().access, name))).toBe(true)
    }
    const line = nameWith('\n')
    await lab().run(
      `create database ${quoted(line)}`,
      `alter role app_g1 in database ${quoted(line)} set work_mem = '5MB'`,
    )
    await lab().admit('app_g2', { like: 'app_g1' })
    expect(await compareLogins(lab().access, 'app_g1', 'app_g2')).toEqual([])
    await lab().run(
      `create role old login`,
      `alter role old in database ${quoted(line)} set work_mem = '5MB'`,
    )
    await expect(planMigration(lab().access, { role: 'old' })).rejects.toMatchObject({
      code: 'malformed',
    })
    expect(await isHarmed()).toBe(false)
  })
})
