import { defineService } from '@rekey/config-loader'
import { z } from 'zod'
const name = 'certtransparency'
export const definition = defineService({ name, settings: z.object({}), secrets: {} })
