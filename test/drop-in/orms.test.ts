// @lane servers
import { EventEmitter } from 'node:events'
import { EntitySchema as MikroSchema, MikroORM, PostgreSqlKnexDialect } from '@mikro-orm/postgresql'
import type { RotatingPool } from '@rekey/db-pool-rotator'
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { DataTypes, type Model, Sequelize, type Transaction } from 'sequelize'
import { DataSource, type EntityManager, EntitySchema, EntitySchemaOptions } from 'typeorm'
import { describe, expect, it } from 'vitest'
import { runAcrossRotations, type Work } from './ledger.ts'
import {
  NO_FLAWS,
  openRotatingDatabase,
  postgresServers,
  TEST_TIMEOUT_MS,
} from './rotating-database.ts'

interface Note {
  readonly id: number
  readonly login: string
}

/** What an application does with its library: outside a transaction, or in one. */
interface Notes {
  insert(id: number): Promise<unknown>
  find(id: number): Promise<Note>
}

interface Library extends Notes {
  inTransaction<T>(work: (notes: Notes) => Promise<T>): Promise<T>
  close(): Promise<unknown>
}

/** A library on the pool, as docs/guide/database-libraries.md has it. */
const LIBRARIES: Readonly<Record<string, (pool: RotatingPool) => Promise<Library>>> = {
  async TypeORM(pool) {
    const notes = new EntitySchema<Note>(
      Object.assign(new EntitySchemaOptions<Note>(), {
        name: 'notes',
        columns: { id: { type: 'int', primary: true }, login: { type: 'text', insert: false } },
      }),
    )
    const driver = {
      ...pg,
      Pool: function OpenPool() {
        return pool
      },
    }
    const source = new DataSource({ type: 'postgres', driver, entities: [notes] })
    await source.initialize()
    const notesOf = (manager: EntityManager): Notes => ({
      insert: (id) => manager.insert(notes, { id }),
      find: (id) => manager.findOneByOrFail(notes, { id }),
    })
    return {
      ...notesOf(source.manager),
      inTransaction: (work) => source.transaction((manager) => work(notesOf(manager))),
      // It ends the pool, which is closed after the count of the flaws.
      close: () => Promise.resolve(),
    }
  },
  Sequelize(pool) {
    const db = new Sequelize({
      ...{ dialect: 'postgres', dialectModule: { ...pg, Client: lentBy(pool) } },
      ...{ pool: { max: 10, maxUses: 1 }, logging: false },
    })
    const table = db.define<Model<Note, Partial<Note>>>(
      'notes',
      { id: { type: DataTypes.INTEGER, primaryKey: true }, login: DataTypes.TEXT },
      { freezeTableName: true, timestamps: false },
    )
    const notesIn = (transaction?: Transaction): Notes => ({
      insert: (id) => table.create({ id }, { transaction: transaction ?? null, fields: ['id'] }),
      find: async (id) => {
        const note = await table.findByPk(id, {
          transaction: transaction ?? null,
          rejectOnEmpty: true,
        })
        return note.get()
      },
    })
    return Promise.resolve({
      ...notesIn(),
      inTransaction: (work) => db.transaction((transaction) => work(notesIn(transaction))),
      close: () => db.close(),
    })
  },
  async MikroORM(pool) {
    const notes = new MikroSchema<Note>({
      name: 'notes',
      properties: { id: { type: 'integer', primary: true }, login: { type: 'text' } },
    })
    const orm = await MikroORM.init({
      ...{ dbName: 'postgres', entities: [notes], ensureDatabase: false },
      driverOptions: { client: dialectOn(pool) },
    })
    const days = await orm.em.fork().execute(`select date '2026-01-31' as day`)
    // By the parser of MikroORM, not of pg.
    expect(days).toEqual([{ day: '2026-01-31' }])
    const notesOf = (em: typeof orm.em): Notes => ({
      insert: (id) => em.insert(notes, { id } as Note),
      find: (id) => em.findOneOrFail(notes, { id }),
    })
    const own = (): Notes => notesOf(orm.em.fork())
    return {
      insert: (id) => own().insert(id),
      find: (id) => own().find(id),
      inTransaction: (work) => orm.em.fork().transactional((em) => work(notesOf(em))),
      close: () => orm.close(),
    }
  },
}

const lentBy = (pool: RotatingPool) =>
  class extends EventEmitter {
    readonly connection = new EventEmitter()
    #lent: pg.PoolClient | undefined
    readonly #failed = (error: Error) => this.emit('error', error)
    readonly #types: pg.CustomTypesConfig
    constructor({ types }: { readonly types: pg.CustomTypesConfig }) {
      super()
      this.#types = types
    }
    connect(done: (error?: Error) => void) {
      const keep = (client: pg.PoolClient) => {
        this.#lent = client.on('error', this.#failed)
        done()
      }
      pool.connect().then(keep, done)
    }
    query(text: string, ...more: never[]) {
      return this.#lent?.query({ text, types: this.#types }, ...more)
    }
    end(done: () => void) {
      this.#lent?.off('error', this.#failed).release()
      done()
    }
  }

/** The part of it that its types lack. */
interface KnexDialect {
  readonly config: { readonly connection: pg.ClientConfig }
  _query(client: pg.PoolClient, query: { options?: object }): Promise<unknown>
}
const Dialect = PostgreSqlKnexDialect as unknown as new (config: object) => KnexDialect

const dialectOn = (pool: RotatingPool) =>
  class extends Dialect {
    acquireConnection() {
      return pool.connect()
    }
    releaseConnection(client: pg.PoolClient) {
      client.release()
      return Promise.resolve()
    }
    override _query(client: pg.PoolClient, query: { options?: object }) {
      const { types } = this.config.connection
      query.options = { ...query.options, types }
      return super._query(client, query)
    }
  }

const UNDONE = new Error('rolled back')

function worksOf(library: Library): Work[] {
  const writeAndRead = async (id: number, notes: Notes = library) => {
    await notes.insert(id)
    return (await notes.find(id)).login
  }
  return [
    async (id) => ({ queries: 2, login: await writeAndRead(id), kept: id }),
    async (id) => {
      const login = await library.inTransaction((notes) => writeAndRead(id, notes))
      return { queries: 4, login, kept: id }
    },
    async (id) => {
      let login = ''
      const undone = library.inTransaction(async (notes) => {
        login = await writeAndRead(id, notes)
        throw UNDONE
      })
      await expect(undone).rejects.toBe(UNDONE)
      return { queries: 4, login }
    },
  ]
}

describe.each(postgresServers)('on a rotating pool, %s,', (_, settings) => {
  it.each(Object.entries(LIBRARIES))(
    '%s runs 2,000 queries while the login changes six times, and none fails',
    async (__, open) => {
      await using server = await openPostgres(settings)
      await using database = await openRotatingDatabase(server)
      await database.pool.query(
        'create table notes (id int primary key, login text default session_user)',
      )
      const library = await open(database.pool)
      const ledger = await runAcrossRotations(worksOf(library), {
        ...{ queries: 2_000, rotations: 6 },
        rotate: () => database.rotate(),
      })
      await library.close()
      expect(await database.flaws(ledger)).toEqual(NO_FLAWS)
      expect(ledger.queries).toBeGreaterThanOrEqual(2_000)
      expect(ledger.logins.size).toBeGreaterThan(1)
    },
    2 * TEST_TIMEOUT_MS,
  )
})
