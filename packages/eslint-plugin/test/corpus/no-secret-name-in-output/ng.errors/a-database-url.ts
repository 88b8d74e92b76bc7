import pg from 'pg'
const { DATABASE_URL = '' } = process.env
export async function open() {
  const client = new pg.Client(DATABASE_URL)
  try {
    await client.connect()
  } catch (cause) {
    throw new Error(`cannot connect to ${DATABASE_URL}`, { cause })
  }
}
