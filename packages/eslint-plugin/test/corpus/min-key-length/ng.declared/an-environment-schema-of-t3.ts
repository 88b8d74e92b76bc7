import { createEnv } from '@t3-oss/env-core'
import { z } from 'zod'

export const env = createEnv({
  server: { NODE_ENV: z.string().min(1), AUTH_SECRET: z.string().min(16) },
  runtimeEnv: process.env,
})
