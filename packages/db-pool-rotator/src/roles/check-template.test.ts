import { readFile } from 'node:fs/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { checkTemplate, grantTemplate, type GrantTemplate } from './inspection.ts'
import { describeOnServers } from '../../test/roles/roles.support.ts'

const TEMPLATE: GrantTemplate = {
  database: 'postgres',
  schemas: {
    public: {
      tables: { session: ['SELECT', 'INSERT', 'DELETE'], profile: ['SELECT'] },
      columns: { profile: { email: ['UPDATE'] } },
      sequences: { counter: ['USAGE'] },
    },
  },
}

/** The services' own schemas, which state their grants as statements, and the same as templates. */
const SERVICES: readonly (readonly [string, GrantTemplate['schemas'][string]])[] = [
  [
    'frontend',
    {
      tables: {
        session: ['SELECT', 'INSERT', 'DELETE'],
        quota: ['SELECT', 'INSERT', 'UPDATE'],
        profile: ['SELECT', 'INSERT'],
        profile_key: ['SELECT', 'INSERT'],
        vpn_uses: ['SELECT', 'INSERT', 'UPDATE'],
        log_checkpoint: ['SELECT', 'INSERT', 'UPDATE'],
        log_finding: ['SELECT', 'INSERT'],
      },
      columns: {
        session: { used_at: ['UPDATE'] },
        profile: { revoked_at: ['UPDATE'], last_used_at: ['UPDATE'] },
        profile_key: { claimed_at: ['UPDATE'], serial: ['UPDATE'], chain: ['UPDATE'] },
      },
    },
  ],
  [
    'certtransparency',
    { tables: { log_entry: ['SELECT', 'INSERT'], log_node: ['SELECT', 'INSERT'] } },
  ],
]

describeOnServers((lab) => {
  const check = (template = TEMPLATE) => checkTemplate(lab().admin, 'app', template)

  describe('a template of grants', () => {
    beforeEach(async () => {
      await lab().run(
        'create table session (id int); create table profile (id int, email text)',
        'create sequence counter',
        'revoke all on schema public from public',
        'revoke all on database postgres from public',
      )
    })

    it('gives an owner role all that it needs, and no more, also when it is run again', async () => {
      expect(await check()).toEqual({
        missing: [
          'CONNECT on database postgres',
          'USAGE on schema public',
          'SELECT on table public.session',
          'INSERT on table public.session',
          'DELETE on table public.session',
          'SELECT on table public.profile',
          'UPDATE on column public.profile.email',
          'USAGE on sequence public.counter',
        ],
        excess: [],
      })
      for (let run = 0; run < 2; run += 1) {
        await lab().run(grantTemplate('app', TEMPLATE))
        expect(await check()).toEqual({ missing: [], excess: [] })
      }
    })

    it('names what is too much, by whatever way it came', async () => {
      await lab().run(
        grantTemplate('app', TEMPLATE),
        'create table owned (); alter table owned owner to app',
        'grant update on session to app; grant update (id) on profile to app',
        'grant temporary on database postgres to public; grant create on schema public to app',
        'create role readers; grant readers to app; grant truncate on session to readers',
        'alter role app createdb; grant set on parameter log_statement to app',
        'alter default privileges grant select on tables to app',
      )
      const { missing, excess } = await check()
      expect(missing).toEqual([])
      expect(excess).toEqual(
        expect.arrayContaining([
          'attribute CREATEDB',
          'membership in readers',
          'ownership of table public.owned',
          'grant: SET on parameter ACL log_statement',
          'default privilege: SELECT on default acl for role postgres on tables',
          'TEMPORARY on database postgres (through PUBLIC)',
          'CREATE on schema public',
          'UPDATE on table public.session',
          'TRUNCATE on table public.session',
          'UPDATE on column public.profile.id',
        ]),
      )
      expect(excess).not.toContain('SELECT on table public.session')
    })

    it('misses nothing of a column when the role has it with the whole table', async () => {
      await lab().run(grantTemplate('app', TEMPLATE), 'grant update on profile to app')
      expect(await check()).toEqual({ missing: [], excess: ['UPDATE on table public.profile'] })
    })

    it('takes names as they are', async () => {
      const name = `a"b.c'; drop table session; --`
      await lab().run(`create table "${name.replaceAll('"', '""')}" (id int)`)
      const odd: GrantTemplate = {
        database: 'postgres',
        schemas: { public: { tables: { [name]: ['SELECT'] } } },
      }
      await lab().run(grantTemplate('app', odd))
      expect(await check(odd)).toEqual({ missing: [], excess: [] })
      const wrong = { ...odd, schemas: { public: { tables: { x: ['ALL' as 'SELECT'] } } } }
      expect(() => grantTemplate('app', wrong)).toThrow('no privilege of that name')
    })

    it('is missed whole by a role whose tables are not there yet', async () => {
      await lab().run('drop table session')
      expect((await check()).missing).toContain('SELECT on table public.session')
      await expect(checkTemplate(lab().admin, 'nobody', TEMPLATE)).rejects.toMatchObject({
        code: 'missing',
      })
    })
  })

  it.each(SERVICES)('says the same as the schema of %s', async (service, schema) => {
    const template = { database: 'postgres', schemas: { public: schema } }
    const path = new URL(`../../../../services/${service}/schema.sql`, import.meta.url)
    await lab().run(
      `create role ${service}`,
      'revoke temporary on database postgres from public',
      await readFile(path, 'utf8'),
    )
    expect(await checkTemplate(lab().admin, service, template)).toEqual({ missing: [], excess: [] })
    await lab().run(grantTemplate(service, template))
    expect(await checkTemplate(lab().admin, service, template)).toEqual({ missing: [], excess: [] })
  })
})
