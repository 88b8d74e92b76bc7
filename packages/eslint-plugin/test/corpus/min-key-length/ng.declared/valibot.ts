import * as v from 'valibot'

export const settings = v.object({ API_KEY: v.pipe(v.string(), v.trim(), v.minLength(12)) })
