// @reports serviceName
import { defineService } from '@rekey/config-loader'
import { z } from 'zod'
export const definition = defineService({ name: 'signing', settings: z.object({}), secrets: {} })
