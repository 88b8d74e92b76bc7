import { cleanEnv, port, str } from 'envalid'

export const env = cleanEnv(process.env, {
  PORT: port({ default: 3000 }),
  SESSION_SECRET: str({ default: 'shhh' }),
})
