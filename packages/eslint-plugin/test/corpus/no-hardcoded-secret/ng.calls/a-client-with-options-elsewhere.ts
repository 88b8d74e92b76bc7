import { Client } from 'pg'

const options = { host: 'localhost', user: 'postgres', password: 'postgres' }

export const client = new Client(options)
