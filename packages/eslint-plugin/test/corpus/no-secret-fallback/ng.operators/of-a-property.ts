import type { Config } from './config.ts'

export const connect = (config: Config) => ({
  host: config.host,
  password: config.password || 'postgres',
})
