// ---- a-setting-and-the-environment.js
import { config } from './config.js'

export const isFromEnvironment = () => config.database.password === process.env.DATABASE_PASSWORD

// ---- options-and-their-defaults.js
import { defaults } from './defaults.js'

export class Client {
  constructor(options) {
    this.options = { ...defaults, ...options }
  }

  isDefault() {
    return this.options.apiKey === defaults.apiKey
  }
}

// ---- the-account-of-a-cache.js
import { accounts, cache } from './accounts.js'

export const isStale = () => cache.get('apiKey') !== accounts.main.apiKey

// ---- two-rows-of-a-table.js
import { db } from './db.js'

export async function duplicates(id) {
  const [one, other] = await Promise.all([db.clients.get(id), db.clients.latest()])
  return one.apiKey === other.apiKey
}
