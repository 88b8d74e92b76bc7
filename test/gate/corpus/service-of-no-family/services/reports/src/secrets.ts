import { defineService } from '@rekey/config-loader'
import { z } from 'zod'

export const definition = defineService({
  name: 'reports',
  settings: z.object({ PORT: z.coerce.number() }),
  secrets: {},
})
