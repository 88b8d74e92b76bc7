import { config } from './config.js'

export const isFromEnvironment = () => config.database.password === process.env.DATABASE_PASSWORD
