import { Pool } from 'pg'

declare const login: { current(): Promise<string> }

export const pool = new Pool({ host: 'db', user: 'app', password: () => login.current() })
