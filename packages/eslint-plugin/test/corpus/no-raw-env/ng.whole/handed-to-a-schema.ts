import { z } from 'zod'

const schema = z.object({ API_KEY: z.string(), PORT: z.coerce.number() })

export const settings = schema.parse(process.env)
