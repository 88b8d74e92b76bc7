import * as v from 'valibot'

export const Schema = v.object({ COOKIE_SECRET: v.optional(v.string(), 'baked-in') })
