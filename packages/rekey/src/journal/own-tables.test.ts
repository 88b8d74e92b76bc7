// @lane servers
import { randomBytes } from 'node:crypto'
import { findPostgresServers, openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openReportBoard } from '../fleet/discovery/index.ts'
import { openPostgresJournal } from '../engine/index.ts'

/** What a stranger has planted, and how the refusal names it. */
interface Planted {
  readonly named: string
  /** Run by the role in order; `rekey` is the rotator, `shop` the stranger. */
  readonly by: readonly (readonly ['postgres' | 'rekey' | 'shop', string])[]
}

const SPY = `create function shop.spy() returns boolean language sql as 'select true'`
const TRIGGER = `create function shop.run() returns trigger language plpgsql as 'begin return new; end'`

const PLANTED: Readonly<Record<string, Planted>> = {
  'a schema': { named: 'schema rekey belongs to shop', by: [['shop', 'create schema rekey']] },
  'a table': {
    named: 'table rekey.rotation belongs to shop',
    by: [
      ['rekey', 'create schema rekey; grant create, usage on schema rekey to shop'],
      ['shop', 'create table rekey.rotation (secret text primary key)'],
      ['rekey', 'revoke create on schema rekey from shop'],
    ],
  },
  'a view in place of a table': {
    named: 'table rekey.journal is another kind of relation, of shop',
    by: [
      ['rekey', 'create schema rekey; grant create, usage on schema rekey to shop'],
      ['shop', `create view rekey.journal as select 'mine'::text as name`],
    ],
  },
  'a right to make objects': {
    named: 'schema rekey takes objects of shop',
    by: [['rekey', 'grant create on schema rekey to shop']],
  },
  'a right to write': {
    named: 'UPDATE on table rekey.rotation is granted to shop',
    by: [['rekey', 'grant update (intent) on rekey.rotation to shop']],
  },
  'a trigger': {
    named: 'trigger spy on table rekey.rotation runs a function of shop',
    by: [
      ['rekey', 'grant usage on schema rekey to shop; grant trigger on rekey.rotation to shop'],
      [
        'shop',
        `${TRIGGER}; create trigger spy before insert on rekey.rotation for each row execute function shop.run()`,
      ],
      ['rekey', 'revoke all on rekey.rotation from shop'],
    ],
  },
  'a trigger of a function that is nobody else’s': {
    named: 'trigger still on table rekey.rotation runs a function of postgres',
    by: [
      ['rekey', 'grant usage on schema rekey to shop; grant trigger on rekey.rotation to shop'],
      [
        'shop',
        'create trigger still before update on rekey.rotation for each row execute function suppress_redundant_updates_trigger()',
      ],
      ['rekey', 'revoke all on rekey.rotation from shop'],
    ],
  },
  'a rule': {
    named: 'rule quiet on table rekey.rotation_event rewrites statements',
    by: [['postgres', 'create rule quiet as on insert to rekey.rotation_event do instead nothing']],
  },
  'a row policy': {
    named: 'policy hide on table rekey.rotation hides rows',
    by: [['postgres', 'create policy hide on rekey.rotation using (false)']],
  },
  'a function in a condition': {
    named: 'function shop.spy(), which is evaluated for the tables belongs to shop',
    by: [
      ['shop', SPY],
      ['postgres', 'alter table rekey.rotation add check (shop.spy())'],
    ],
  },
  'a function in a default': {
    named: 'function shop.spy(), which is evaluated for the tables belongs to shop',
    by: [
      ['shop', SPY],
      ['postgres', 'alter table rekey.rotation add column seen boolean default shop.spy()'],
    ],
  },
  'a function in an index': {
    named: 'function shop.key(pg_catalog.text), which is evaluated for the tables belongs to shop',
    by: [
      ['shop', `create function shop.key(text) returns text immutable language sql as 'select $1'`],
      ['postgres', 'create index on rekey.rotation (shop.key(secret))'],
    ],
  },
  'a type of a column': {
    named: 'type shop.word, which is evaluated for the tables belongs to shop',
    by: [
      ['shop', `${SPY}; create domain shop.word text check (shop.spy())`],
      ['postgres', 'alter table rekey.rotation alter step type shop.word'],
    ],
  },
  'a table that inherits': {
    named: 'table rekey.rotation inherits or is inherited, by a table of shop',
    by: [
      [
        'postgres',
        'create table shop.more () inherits (rekey.rotation); alter table shop.more owner to shop',
      ],
    ],
  },
  'a foreign key': {
    named: 'foreign key holds_secret_fkey to table rekey.rotation is of a table of shop',
    by: [
      ['rekey', 'grant usage on schema rekey to shop; grant references on rekey.rotation to shop'],
      ['shop', 'create table shop.holds (secret text references rekey.rotation)'],
      ['rekey', 'revoke all on rekey.rotation from shop'],
    ],
  },
  'an event trigger': {
    named: 'event trigger watch runs a function of shop',
    by: [
      [
        'shop',
        `create function shop.watch() returns event_trigger language plpgsql as 'begin end'`,
      ],
      ['postgres', 'create event trigger watch on ddl_command_start execute function shop.watch()'],
    ],
  },
  'a function in the search path': {
    named: 'schema public in the search path has functions of shop',
    by: [
      ['postgres', 'grant create on schema public to shop'],
      [
        'shop',
        `create function public.jsonb_build_object(text, text, text, int) returns jsonb language sql as 'select null::jsonb'`,
      ],
      ['postgres', 'revoke create on schema public from shop'],
    ],
  },
  'a schema of the search path that takes functions': {
    named: 'schema public in the search path takes objects of PUBLIC',
    by: [['postgres', 'grant create on schema public to public']],
  },
}

/** They are there before the first rotator. */
const FIRST = new Set(['a schema', 'a table', 'a view in place of a table'])

describe.each(await findPostgresServers())('on %s', (_, binDirectory) => {
  let server: Awaited<ReturnType<typeof openPostgres>>
  const password = randomBytes(16).toString('hex')
  let count = 0

  const poolOf = (user: string, database: string, options?: string) => {
    const login = user === 'postgres' ? {} : { user, password }
    const url = new URL(server.adminUrl.expose())
    const as = {
      host: url.hostname,
      port: Number(url.port),
      user: 'postgres',
      password: url.password,
    }
    const pool = new pg.Pool({
      ...as,
      ...login,
      database,
      ...(options !== undefined && { options }),
    })
    pool.on('error', () => undefined)
    onTestFinished(() => pool.end())
    return pool
  }
  const run = (user: string, database: string, sql: string) => poolOf(user, database).query(sql)

  beforeAll(async () => {
    server = await openPostgres(binDirectory === undefined ? {} : { binDirectory })
    const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
    await admin.connect()
    for (const role of ['rekey', 'shop']) {
      await admin.query(`create role ${role} login password '${password}'`)
    }
    await admin.end()
  }, 120_000)
  afterAll(() => server.close())

  /** A database of the rotator in which a stranger has a schema. */
  async function newDatabase(): Promise<string> {
    count += 1
    const database = `journal_${count}`
    await run('postgres', 'postgres', `create database ${database} owner rekey`)
    await run(
      'postgres',
      database,
      `create schema shop authorization shop; grant usage on schema shop to public; grant create on database ${database} to shop`,
    )
    return database
  }

  it.each(Object.entries(PLANTED))(
    'R57: refuses a journal with %s of another role, by name',
    async (name, { named, by }) => {
      const database = await newDatabase()
      if (!FIRST.has(name)) await openPostgresJournal(poolOf('rekey', database))
      for (const [role, sql] of by) await run(role, database, sql)
      await expect(openPostgresJournal(poolOf('rekey', database))).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringContaining(named) as string,
      })
    },
  )

  it('R57: refuses a board whose stamp runs a function of another role', async () => {
    const database = await newDatabase()
    const open = () => openReportBoard(poolOf('rekey', database), { reporters: [] })
    await open()
    await run(
      'postgres',
      database,
      `create function shop.stamp_report() returns trigger language plpgsql as 'begin return new; end';
      alter function shop.stamp_report() owner to shop;
      create or replace trigger stamp before insert on rekey.report for each row execute function shop.stamp_report()`,
    )
    await expect(open()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(
        'function shop.stamp_report(), which is evaluated',
      ) as string,
    })
  })

  it('R57: a trap in a schema of another role is not sprung by the look itself', async () => {
    const database = await newDatabase()
    await run('postgres', database, 'grant create on schema public to shop')
    for (const signature of [
      'format(text, name)',
      'format(text, name, name)',
      'current_schemas(boolean)',
      'quote_ident(name)',
    ]) {
      const returns = signature.startsWith('current') ? 'name[]' : 'text'
      await run(
        'shop',
        database,
        `create function public.${signature} returns ${returns} language plpgsql
        as 'begin create table public.sprung (); return null; end'`,
      )
    }
    await run(
      'postgres',
      database,
      `alter role rekey in database ${database} set search_path = public, pg_catalog`,
    )
    await expect(openPostgresJournal(poolOf('rekey', database))).rejects.toMatchObject({
      code: 'refused',
    })
    const { rows } = await run(
      'postgres',
      database,
      `select to_regclass('public.sprung') as sprung`,
    )
    expect(rows).toEqual([{ sprung: null }])
  })

  it('R56: names who holds up the first opening by a schema that is not committed', async () => {
    const database = await newDatabase()
    const holder = await poolOf('shop', database).connect()
    await holder.query('begin; create schema rekey')
    await expect(openPostgresJournal(poolOf('rekey', database))).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('which role shop (process') as string,
    })
    await holder.query('rollback')
    holder.release()
    await expect(openPostgresJournal(poolOf('rekey', database))).resolves.toBeDefined()
  })

  it('opens in the database of another role if the search path is pg_catalog', async () => {
    const database = await newDatabase()
    await run(
      'postgres',
      database,
      `alter database ${database} owner to shop; grant create on database ${database} to rekey`,
    )
    const journal = await openPostgresJournal(
      poolOf('rekey', database, '-c search_path=pg_catalog'),
    )
    expect((await journal.claim('SECRET', 'one', 60_000)).epoch).toBe(1)
  })

  it('a name that holds a line break or turns text around is printed without', async () => {
    const database = await newDatabase()
    await run(
      'postgres',
      database,
      `create role "evil\n\u202e"; create schema rekey authorization "evil\n\u202e"`,
    )
    const opening = openPostgresJournal(poolOf('rekey', database))
    await expect(opening).rejects.toMatchObject({
      message: expect.stringContaining('schema rekey belongs to "evil\ufffd\ufffd"') as string,
    })
  })
})
