import knex from 'knex'

export const db = knex({
  client: 'pg',
  connection: { host: 'db', user: 'app', password: 'letmein' },
})
