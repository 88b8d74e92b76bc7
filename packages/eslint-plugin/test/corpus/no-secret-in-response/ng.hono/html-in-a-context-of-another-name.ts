// @typed
import { secret } from '../../secret.ts'
import type { Context } from 'hono'
export const show = (page: Context) => page.html(`<code>${secret.expose()}</code>`)
