// @reports kept
import { spawn } from 'node:child_process'
import { login } from '../../secret.ts'
const ENVIRONMENT = { ...process.env, PGPASSWORD: login.expose().password }
export const dump = () => spawn('pg_dump', { env: ENVIRONMENT })
