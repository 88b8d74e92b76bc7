import * as z from 'zod'

export const settings = z.object({ SIGNING_KEY: z.hex().length(32) })
