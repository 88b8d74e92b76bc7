// @known
import { merge } from './merge.ts'
import base from './base.json' with { type: 'json' }

export const dbPassword = merge(base, process.env).dbPassword as string
