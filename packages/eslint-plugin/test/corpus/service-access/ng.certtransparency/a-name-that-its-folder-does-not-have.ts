// @reports serviceName
import { defineService } from '@rekey/config-loader'
import { z } from 'zod'
export const definition = defineService({
  name: 'transparency',
  settings: z.object({}),
  secrets: {},
})
