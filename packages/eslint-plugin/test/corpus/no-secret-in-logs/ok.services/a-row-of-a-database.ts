import { login } from '../../secret.ts'
import pg from 'pg'
const client = new pg.Client({ ...login.expose(), host: 'localhost' })
await client.connect()
const { rows } = await client.query('SELECT now()')
console.log(rows[0], client.processID)
