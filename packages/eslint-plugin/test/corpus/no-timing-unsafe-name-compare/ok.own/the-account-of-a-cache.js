import { accounts, cache } from './accounts.js'

export const isStale = () => cache.get('apiKey') !== accounts.main.apiKey
