import { defaults } from './defaults.ts'

export const dbPassword = process.env.DB_PASSWORD ?? defaults.dbPassword
