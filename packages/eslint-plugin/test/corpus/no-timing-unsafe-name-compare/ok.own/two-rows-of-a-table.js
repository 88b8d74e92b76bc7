import { db } from './db.js'

export async function duplicates(id) {
  const [one, other] = await Promise.all([db.clients.get(id), db.clients.latest()])
  return one.apiKey === other.apiKey
}
