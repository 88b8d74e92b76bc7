import { z } from 'zod'

const API_KEY = z.string().catch('none-given')

export const schema = z.object({ API_KEY })
